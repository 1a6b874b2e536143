/**
 * Golden pictures and decoders for the media tests.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Fault, type Failure } from '../../../src/contracts/failure.ts'
import type { ImagePreprocessing } from '../../../src/contracts/model-manifest.ts'
import { type CodecModules, type Codecs, createCodecs } from '../../../src/media/codecs.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import type { Raster } from '../../../src/media/raster.ts'

const folder = new URL('../../golden/media/', import.meta.url)
const require = createRequire(import.meta.url)

export function golden(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, folder)))
}

export function goldenNames(path: string): string[] {
  return readdirSync(new URL(path, folder)).toSorted()
}

export const codecModules: CodecModules = {
  jpeg: compiled('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'),
  webp: compiled('@jsquash/webp/codec/dec/webp_dec.wasm'),
}

/** The Workers types lack compilation of bytes, because workerd refuses it. Node supports it. */
function compiled(path: string): WebAssembly.Module {
  return Reflect.construct(WebAssembly.Module, [readFileSync(require.resolve(path))]) as WebAssembly.Module
}

/** `noise` of generate.py: RGB, row by row. */
export function noise(width: number, height: number): Uint8Array {
  let state = (width * 65536 + height) >>> 0
  return Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

/** Header and pixels, which a test may keep. */
export function decode(bytes: Uint8Array, codecs: Codecs = createCodecs(codecModules)): Promise<Raster> {
  return codecs.decode(bytes, readImageHeader(bytes), ({ data, width, height }) => ({ data: data.slice(), width, height }))
}

/** The failure of a task, which must be a {@link Fault}. Anything else fails the test with its stack. */
export async function failureOf(task: () => unknown): Promise<Failure> {
  try {
    await task()
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure
    throw thrown
  }
  throw new Error('no failure')
}

/** The largest difference of any sample. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} samples, expected ${expected.length}`)
  let largest = 0
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!))
  return largest
}

export const specification: ImagePreprocessing = {
  size: 64,
  fit: 'contain',
  pad_color: [255, 255, 255],
  filter: 'bicubic',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  alpha: 'white',
  exif_orientation: true,
}
