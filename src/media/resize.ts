/**
 * Pillow's antialiased resize on 8-bit RGB: two one-dimensional passes, each rounded to 8 bits.
 *
 * Source: Pillow 13.0.0, `src/libImaging/Resample.c`, `ImagingResampleInner` and the `_8bpc` passes; equal to
 * `Image.resize` bit for bit. Rows are read on demand and padding is arithmetic, so no oriented, flattened or
 * padded copy of the picture is made. Memory: the output, one row, and the result of the first pass, one word
 * per pixel.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import { release } from '../contracts/release.ts'
import type { FitPlan } from './fit.ts'
import { type Alpha, flattenRow, pixelWords } from './flatten.ts'
import { type PixelGrid, transposedGrid } from './orient.ts'
import type { Raster } from './raster.ts'
import { computeTaps, PRECISION_BITS, type Taps } from './resample-taps.ts'

export type Rgb = readonly [number, number, number]

/** Parameters of a resize besides the geometry. */
export interface Resampling {
  readonly filter: ImagePreprocessing['filter']
  /** Colour of the canvas around the picture. */
  readonly pad: Rgb
  readonly alpha: Alpha
}

export const HALF = 1 << (PRECISION_BITS - 1)

/**
 * Resizes the upright view of a raster by a plan.
 * @param grid the view's pixels in `raster`, as large as the plan's sources
 * @returns RGB, row by row: `plan.y.size * plan.x.size * 3` bytes
 */
export function resizeRgb(raster: Raster, grid: PixelGrid, plan: FitPlan, resampling: Resampling): Uint8Array {
  if (!verticalFirst(plan)) return horizontalThenVertical(raster, grid, plan, resampling)
  const sideways = horizontalThenVertical(raster, transposedGrid(grid), { x: plan.y, y: plan.x }, resampling)
  return transposeRgb(sideways, plan.y.size, plan.x.size)
}

/**
 * Whether the vertical pass comes first. The order shows in the last bit.
 *
 * Pillow 13 begins with the vertical pass if the height shrinks by more than twice as many pixels as the
 * width. Earlier versions never do that, nor does a square canvas lead to it.
 */
export function verticalFirst({ x, y }: FitPlan): boolean {
  const lost = y.canvas - y.resized
  return lost > 0 && lost > (x.canvas - x.resized) * 2
}

function horizontalThenVertical(raster: Raster, grid: PixelGrid, plan: FitPlan, { filter, pad, alpha }: Resampling): Uint8Array {
  const horizontal = computeTaps(plan.x, filter)
  const vertical = computeTaps(plan.y, filter)
  const { first, end } = rowsNeeded(vertical)
  const pixels = pixelWords(raster)
  // Rows in stored order need no copy.
  const asStored = alpha === 'drop' && grid.stepX === 1
  const source = asStored ? pixels : new Int32Array(plan.x.source)
  const rows = new Int32Array((end - first) * plan.x.size)
  for (let y = first; y < end; y++) {
    if (!asStored) flattenRow(pixels, grid, y, source, alpha)
    filterRow(source, asStored ? grid.origin + y * grid.stepY : 0, horizontal, pad, rows, (y - first) * plan.x.size)
  }
  const rgb = filterColumns(rows, plan.x.size, first, vertical, paddingRow(horizontal, pad))
  release(rows)
  return rgb
}

export function transposeRgb(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(rgb.length)
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 3) out.set(rgb.subarray(from, from + 3), (x * height + y) * 3)
  }
  return out
}

/** The range of rows that output pixels read. */
export function rowsNeeded({ size, from, count }: Taps): { first: number; end: number } {
  let first = 0x7fffffff
  let end = 0
  for (let i = 0; i < size; i++) {
    if (count[i] === 0) continue
    first = Math.min(first, from[i]!)
    end = Math.max(end, from[i]! + count[i]!)
  }
  return { first: Math.min(first, end), end }
}

/** A row of padding after the horizontal pass. */
export function paddingRow({ size, count, stride, weights, padding }: Taps, pad: Rgb): Int32Array {
  const row = new Int32Array(size)
  for (let i = 0; i < size; i++) {
    let sum = padding[i]!
    for (let tap = i * stride, end = tap + count[i]!; tap < end; tap++) sum += weights[tap]!
    row[i] = packed(HALF + sum * pad[0], HALF + sum * pad[1], HALF + sum * pad[2])
  }
  return row
}

// An output pixel is the weighted sum of source pixels, plus the padding's share per channel.
//
// The loop appears in both passes: one call per pixel would cost a fifth of a resize. Pixels are words, so
// one load replaces three; alpha is ignored. Sums fit in 32 bits: |weights| add up to less than 1.5 * 2^22,
// and samples are below 2^8.

/** @param begin start of the row in `source` */
export function filterRow(source: Int32Array, begin: number, taps: Taps, pad: Rgb, out: Int32Array, to: number): void {
  const { size, from, count, stride, weights, padding } = taps
  for (let i = 0; i < size; i++) {
    const outside = padding[i]!
    let red = (HALF + Math.imul(outside, pad[0])) | 0
    let green = (HALF + Math.imul(outside, pad[1])) | 0
    let blue = (HALF + Math.imul(outside, pad[2])) | 0
    for (let tap = i * stride, end = tap + count[i]!, at = begin + from[i]!; tap < end; tap++, at++) {
      const weight = weights[tap]!
      const pixel = source[at]!
      red = (red + Math.imul(pixel & 255, weight)) | 0
      green = (green + Math.imul((pixel >> 8) & 255, weight)) | 0
      blue = (blue + Math.imul((pixel >> 16) & 255, weight)) | 0
    }
    out[to + i] = packed(red, green, blue)
  }
}

/** @param first number of the picture row that `rows` begins with */
export function filterColumns(rows: Int32Array, width: number, first: number, taps: Taps, paddingRow: Int32Array): Uint8Array {
  const { size, from, count, stride, weights, padding } = taps
  const out = new Uint8Array(size * width * 3)
  for (let i = 0, to = 0; i < size; i++) {
    const outside = padding[i]!
    const top = (from[i]! - first) * width
    for (let x = 0; x < width; x++, to += 3) {
      const around = paddingRow[x]!
      let red = (HALF + Math.imul(outside, around & 255)) | 0
      let green = (HALF + Math.imul(outside, (around >> 8) & 255)) | 0
      let blue = (HALF + Math.imul(outside, around >> 16)) | 0
      for (let tap = i * stride, end = tap + count[i]!, at = top + x; tap < end; tap++, at += width) {
        const weight = weights[tap]!
        const pixel = rows[at]!
        red = (red + Math.imul(pixel & 255, weight)) | 0
        green = (green + Math.imul((pixel >> 8) & 255, weight)) | 0
        blue = (blue + Math.imul(pixel >> 16, weight)) | 0
      }
      out[to] = clip8(red)
      out[to + 1] = clip8(green)
      out[to + 2] = clip8(blue)
    }
  }
  return out
}

/** Fixed-point channels as one pixel: `red | green << 8 | blue << 16`. */
export function packed(red: number, green: number, blue: number): number {
  return clip8(red) | (clip8(green) << 8) | (clip8(blue) << 16)
}

function clip8(fixed: number): number {
  const value = fixed >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}
