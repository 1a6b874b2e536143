/**
 * The most expensive pictures that `media/limits.ts` accepts: 4 Mi pixels of noise in files near 8 MiB, and
 * 24 million that are decoded at 1/4.
 * @module
 */
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { encodePng, inPieces, samplePng } from './png.ts'

const SIDE = 2048
const require = createRequire(import.meta.url)

export interface WorstImage {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Seconds of encoding: create them once per test file. */
export async function worstImages(): Promise<WorstImage[]> {
  const { compile } = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<WebAssembly.Module> }
  await initJpeg(await compile(await readFile(require.resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'))))
  const pixels = noisyPicture(SIDE, SIDE)
  const jpeg = async (
    name: string,
    options: { quality: number; progressive: boolean; chroma_subsample: 1 | 2 },
    source = pixels,
  ): Promise<WorstImage> => {
    const plain = { optimize_coding: false, auto_subsample: false, baseline: !options.progressive }
    return { name, mediaType: 'image/jpeg', bytes: new Uint8Array(await encodeJpeg(source, { ...plain, ...options })) }
  }
  const noise = lehmer()
  const fiveBits = encodePng(SIDE, SIDE, () => [noise() & 0xf8, noise() & 0xf8, noise() & 0xf8])
  return [
    { name: 'PNG', mediaType: 'image/png', bytes: new Uint8Array(fiveBits) },
    await jpeg('sequential JPEG 4:4:4', { quality: 88, progressive: false, chroma_subsample: 1 }),
    await jpeg('progressive JPEG 4:2:0', { quality: 75, progressive: true, chroma_subsample: 2 }),
    await jpeg('progressive JPEG 4:2:0, small file', { quality: 50, progressive: true, chroma_subsample: 2 }),
    await jpeg('progressive JPEG 4:2:0, small enough for JSON', { quality: 34, progressive: true, chroma_subsample: 2 }),
    { name: 'PNG in 25,000 chunks', mediaType: 'image/png', bytes: inPieces(fiveBits, 25_000) },
    // Holds the most coefficients of what is decoded at 1/4.
    await jpeg(
      'progressive JPEG of 24 megapixels',
      { quality: 12, progressive: true, chroma_subsample: 2 },
      noisyPicture(6000, 4000),
    ),
  ]
}

/** A valid picture behind 600,000 empty chunks of pixel data: 7.2 MB. Refused by its number of chunks. */
export function emptyChunksPng(): WorstImage {
  return { name: 'PNG of 600,000 empty chunks', mediaType: 'image/png', bytes: inPieces(samplePng(1), 1, 600_000) }
}

function noisyPicture(width: number, height: number): { width: number; height: number; data: Uint8ClampedArray } {
  const data = new Uint8ClampedArray(4 * width * height)
  const noise = lehmer()
  for (let at = 0; at < data.length; at++) data[at] = at % 4 === 3 ? 255 : noise()
  return { width, height, data }
}

/** Bytes of the minimal standard generator (Park and Miller 1988). */
function lehmer(): () => number {
  let state = 1
  return () => {
    state = (state * 48271) % 2147483647
    return (state >>> 8) & 255
  }
}
