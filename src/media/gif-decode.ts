/**
 * The first frame of a GIF (GIF89a specification, appendix F: variable-length-code LZW).
 * @module
 */
import { badImage } from './bad-image.ts'
import { type GifStructure, readGifStructure } from './gif-header.ts'
import type { Raster } from './raster.ts'

const MOST_CODES = 4096

/**
 * @param data - `4 * width * height` zeros, which become the raster. Pixels that the frame does not cover,
 *   or that have its transparent colour, are transparent black.
 * @throws {Fault} `bad_image`: `truncated`, `corrupt`
 */
export function decodeGif(bytes: Uint8Array, data: Uint8ClampedArray): Raster {
  const { width, height, frame } = readGifStructure(bytes)
  const indices = decodeLzw(bytes, frame.data, frame.width * frame.height)
  const colors = frame.palette.length / 3
  for (let row = 0; row < frame.height; row++) {
    const from = frame.width * row
    const to = width * (frame.top + rowOf(frame, row)) + frame.left
    for (let column = 0; column < frame.width; column++) {
      const index = indices[from + column]!
      if (index === frame.transparent) continue
      if (index >= colors) throw badImage('corrupt', `the GIF has a colour ${index} outside its palette of ${colors}`)
      const pixel = 4 * (to + column)
      data[pixel] = frame.palette[3 * index]!
      data[pixel + 1] = frame.palette[3 * index + 1]!
      data[pixel + 2] = frame.palette[3 * index + 2]!
      data[pixel + 3] = 255
    }
  }
  return { width, height, data }
}

/** Place of the n-th stored row: interlaced rows come in four passes (appendix E). */
function rowOf({ height, interlaced }: GifStructure['frame'], row: number): number {
  if (!interlaced) return row
  let left = row
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    const rows = Math.max(0, Math.ceil((height - first) / step))
    if (left < rows) return first + step * left
    left -= rows
  }
  throw new RangeError(`row ${row} of ${height}`)
}

/** @param at - offset of the code size. @param count - pixels */
function decodeLzw(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const smallest = bytes[at]!
  if (smallest < 1 || smallest > 8) throw badImage('corrupt', `the GIF declares LZW codes of ${smallest} bits`)
  const clear = 1 << smallest
  const end = clear + 1
  const out = new Uint8Array(count)
  const prefix = new Uint16Array(MOST_CODES)
  const suffix = new Uint8Array(MOST_CODES)
  const length = new Uint16Array(MOST_CODES)
  for (let code = 0; code < clear; code++) {
    suffix[code] = code
    length[code] = 1
  }
  let next = end + 1
  let width = smallest + 1
  let previous = -1
  let written = 0
  let bits = 0
  let held = 0
  let block = bytes[at + 1]!
  let position = at + 2
  while (written < count) {
    while (held < width) {
      if (block === 0) throw badImage('truncated', `the GIF ends after ${written} of ${count} pixels`)
      bits |= bytes[position++]! << held
      held += 8
      if (--block === 0) block = bytes[position++]!
    }
    const code = bits & ((1 << width) - 1)
    bits >>>= width
    held -= width
    if (code === clear) {
      next = end + 1
      width = smallest + 1
      previous = -1
      continue
    }
    if (code === end) throw badImage('truncated', `the GIF ends after ${written} of ${count} pixels`)
    if (code > next || (code === next && previous < 0)) throw badImage('corrupt', `the GIF has an LZW code ${code} too early`)
    // A code that is just being defined repeats the previous string and its first pixel.
    const source = code < next ? code : previous
    const size = length[source]! + (code < next ? 0 : 1)
    const stop = Math.min(count, written + size)
    let first = source
    for (let index = written + length[source]! - 1; index >= written; index--) {
      if (index < count) out[index] = suffix[first]!
      if (index > written) first = prefix[first]!
    }
    if (code === next && written + size <= count) out[written + size - 1] = suffix[first]!
    if (previous >= 0 && next < MOST_CODES) {
      prefix[next] = previous
      suffix[next] = suffix[first]!
      length[next] = length[previous]! + 1
      if (++next === 1 << width && width < 12) width++
    }
    previous = code
    written = stop
  }
  return out
}
