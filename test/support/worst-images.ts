/**
 * The most expensive pictures that `media/limits.ts` accepts: 4 Mi pixels of noise in files near 8 MiB, and
 * larger ones that are decoded in parts.
 * @module
 */
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { blankInterlacedPng, encodePng, encodeRgbaPng, inPieces, samplePng } from './png.ts'

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
    const bytes = new Uint8Array(await encodeJpeg(source, { ...plain, ...options }))
    return { name, mediaType: 'image/jpeg', bytes }
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
    {
      name: 'progressive JPEG of 57 Mi pixels',
      mediaType: 'image/jpeg',
      bytes: blankProgressiveJpeg(7712),
    },
    { name: 'PNG of 36 Mi pixels', mediaType: 'image/png', bytes: blankPng(6144) },
    { name: 'interlaced PNG', mediaType: 'image/png', bytes: blankInterlacedPng(SIDE) },
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

/** One colour: its memory is that of any other picture of its size. @param side in pixels */
function blankPng(side: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeRgbaPng(side, side, new Uint8Array(4 * side * side).fill(127)))
}

/**
 * A grey progressive JPEG of 4:2:0 whose coefficients are all zero: one bit per block and scan. A decoder
 * holds as many coefficients as for any other picture of its size.
 * @param side in pixels, a multiple of 16
 */
function blankProgressiveJpeg(side: number): Uint8Array<ArrayBuffer> {
  const segment = (marker: number, ...body: number[]) => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body]
  const sideBytes = [side >> 8, side & 255]
  // A single code of one bit, 0, for symbol 0: no difference, or the end of a block.
  const oneCode = [1, ...Array<number>(15).fill(0), 0]
  const mcus = (side / 16) ** 2
  const zeros = (bits: number): Uint8Array => {
    const data = new Uint8Array(Math.ceil(bits / 8))
    if (bits % 8 > 0) data[data.length - 1] = 255 >> (bits % 8)
    return data
  }
  const pieces = [
    [0xff, 0xd8],
    segment(0xdb, 0, ...Array<number>(64).fill(1)),
    segment(0xc2, 8, ...sideBytes, ...sideBytes, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0),
    segment(0xc4, 0x00, ...oneCode),
    segment(0xc4, 0x10, ...oneCode),
    segment(0xda, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0),
    zeros(6 * mcus),
    segment(0xda, 1, 1, 0, 1, 63, 0),
    zeros(4 * mcus),
    [0xff, 0xd9],
  ]
  return new Uint8Array(pieces.flatMap((piece) => [...piece]))
}
