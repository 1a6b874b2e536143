/**
 * PNG samples of any depth and colour type as 8-bit RGBA (W3C PNG third edition, sections 11.2 and 11.3.1).
 * @module
 */
import { badImage } from './bad-image.ts'
import { GRAY, GRAY_ALPHA, PALETTE, type PngStructure, RGB, RGB_ALPHA } from './png-header.ts'

/**
 * Writes the pixels of one row.
 * @param row unfiltered bytes
 * @param count pixels in the row
 * @param rgba whole buffer of the raster, written at bytes `to`, `to + step`, …, which are multiples of 4
 */
export type RowWriter = (row: Uint8Array, count: number, rgba: Uint8Array, to: number, step: number) => void

const channelCounts: Record<number, number> = { [GRAY]: 1, [RGB]: 3, [PALETTE]: 1, [GRAY_ALPHA]: 2, [RGB_ALPHA]: 4 }

export function bitsPerPixel(png: PngStructure): number {
  return channelCounts[png.colorType]! * png.bitDepth
}

/**
 * The writer for a PNG's colour type and depth.
 *
 * 16-bit samples keep their high byte, as with libpng's `png_set_strip_16` and Pillow's 16-bit RGB and RGBA.
 * (Pillow clips 16-bit grey to white at 255; this does not.) Greys of 1, 2 and 4 bits are scaled to the full
 * range. A transparent colour is compared at full depth, before either.
 */
export function rowWriter(png: PngStructure): RowWriter {
  if (png.bitDepth < 8) return writeLookedUp(png.bitDepth, lookupTable(png))
  const bytes = png.bitDepth / 8
  switch (png.colorType) {
    case PALETTE:
      return writeLookedUp(8, lookupTable(png))
    case GRAY:
      return writeDirect(bytes, 1, [0, 0, 0], undefined, transparentSamples(png, bytes, 1))
    case RGB:
      if (bytes === 1 && png.transparency === undefined) return writeRgb
      return writeDirect(bytes, 3, [0, 1, 2], undefined, transparentSamples(png, bytes, 3))
    case GRAY_ALPHA:
      return writeDirect(bytes, 2, [0, 0, 0], 1, undefined)
    default:
      return writeDirect(bytes, 4, [0, 1, 2], 3, undefined)
  }
}

/** RGBA of each index or small grey. Shorter than the sample's range if the palette is. */
function lookupTable(png: PngStructure): Uint8Array {
  if (png.colorType === PALETTE) {
    const palette = png.palette!
    const table = new Uint8Array((palette.length / 3) * 4)
    for (let i = 0; i * 3 < palette.length; i++) {
      table.set(palette.subarray(i * 3, i * 3 + 3), i * 4)
      table[i * 4 + 3] = png.transparency?.[i] ?? 255
    }
    return table
  }
  const levels = 1 << png.bitDepth
  const clear = png.transparency && (png.transparency[0]! << 8) | png.transparency[1]!
  const table = new Uint8Array(levels * 4)
  for (let i = 0; i < levels; i++) table.fill((i * 255) / (levels - 1), i * 4, i * 4 + 3)[i * 4 + 3] = i === clear ? 0 : 255
  return table
}

function writeLookedUp(bitDepth: number, table: Uint8Array): RowWriter {
  const mask = (1 << bitDepth) - 1
  return (row, count, rgba, to, step) => {
    for (let i = 0; i < count; i++, to += step) {
      const bit = i * bitDepth
      const entry = ((row[bit >> 3]! >> (8 - bitDepth - (bit & 7))) & mask) * 4
      if (entry >= table.length) throw badImage('corrupt', 'a PNG pixel points outside the palette')
      rgba[to] = table[entry]!
      rgba[to + 1] = table[entry + 1]!
      rgba[to + 2] = table[entry + 2]!
      rgba[to + 3] = table[entry + 3]!
    }
  }
}

/**
 * Fast path for the commonest kind, one word per pixel. Typed arrays are little-endian on every supported
 * platform.
 */
function writeRgb(row: Uint8Array, count: number, rgba: Uint8Array, to: number, step: number): void {
  const words = new Int32Array(rgba.buffer)
  const stride = step >> 2
  for (let from = 0, at = to >> 2, end = count * 3; from < end; from += 3, at += stride)
    words[at] = row[from]! | (row[from + 1]! << 8) | (row[from + 2]! << 16) | 0xff000000
}

/** The transparent colour as bytes of a row. */
function transparentSamples(png: PngStructure, bytes: number, channels: number): Uint8Array | undefined {
  if (png.transparency === undefined) return undefined
  const samples = new Uint8Array(channels * bytes)
  for (let i = 0; i < samples.length; i++) samples[i] = png.transparency[bytes === 2 ? i : i * 2 + 1]!
  return samples
}

/** Whole-byte samples, given the channels of R, G, B and alpha. */
function writeDirect(
  bytes: number,
  channels: number,
  [red, green, blue]: readonly [number, number, number],
  alpha: number | undefined,
  transparent: Uint8Array | undefined,
): RowWriter {
  const pixel = bytes * channels
  return (row, count, rgba, to, step) => {
    const [redAt, greenAt, blueAt, alphaAt] = [red * bytes, green * bytes, blue * bytes, (alpha ?? 0) * bytes]
    const opaque = alpha === undefined
    for (let i = 0, from = 0, at = to; i < count; i++, from += pixel, at += step) {
      rgba[at] = row[from + redAt]!
      rgba[at + 1] = row[from + greenAt]!
      rgba[at + 2] = row[from + blueAt]!
      rgba[at + 3] = opaque ? 255 : row[from + alphaAt]!
    }
    if (transparent === undefined) return
    for (let i = 0; i < count; i++) {
      if (transparent.every((byte, offset) => row[i * pixel + offset] === byte)) rgba[to + i * step + 3] = 0
    }
  }
}
