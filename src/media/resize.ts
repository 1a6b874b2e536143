/**
 * Pillow's antialiased resize on 8-bit RGB: two one-dimensional passes, each rounded to 8 bits.
 *
 * Source: Pillow 13.0.0, `src/libImaging/Resample.c`, `ImagingResampleInner` and the `_8bpc` passes; equal to `Image.resize` bit
 * for bit. Rows are pulled one by one and padding is arithmetic, so neither an oriented, a flattened nor a padded copy of the
 * picture ever exists: beside the output this holds one row and the result of the first pass, a word a pixel.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import type { FitPlan } from './fit.ts'
import { type Alpha, flattenRow, pixelWords } from './flatten.ts'
import { type PixelGrid, transposedGrid } from './orient.ts'
import type { Raster } from './raster.ts'
import { computeTaps, PRECISION_BITS, type Taps } from './resample-taps.ts'

export type Rgb = readonly [number, number, number]

/** What a resize takes besides the geometry. */
export interface Resampling {
  readonly filter: ImagePreprocessing['filter']
  /** Colour of the canvas around the picture. */
  readonly pad: Rgb
  readonly alpha: Alpha
}

const HALF = 1 << (PRECISION_BITS - 1)

/**
 * Resizes the upright view of a raster by a plan.
 * @param grid where the view's pixels are in `raster`; as large as the plan's sources
 * @returns RGB, row by row: `plan.y.size * plan.x.size * 3` bytes
 */
export function resizeRgb(raster: Raster, grid: PixelGrid, plan: FitPlan, resampling: Resampling): Uint8Array {
  if (!verticalFirst(plan)) return horizontalThenVertical(raster, grid, plan, resampling)
  const sideways = horizontalThenVertical(raster, transposedGrid(grid), { x: plan.y, y: plan.x }, resampling)
  return transposeRgb(sideways, plan.y.size, plan.x.size)
}

/**
 * The order of the passes shows in the last bit. Pillow 13 begins with the vertical one where the height loses more than twice
 * what the width loses, in pixels (earlier versions never do); a square canvas never does.
 */
function verticalFirst({ x, y }: FitPlan): boolean {
  const lost = y.canvas - y.resized
  return lost > 0 && lost > (x.canvas - x.resized) * 2
}

function horizontalThenVertical(raster: Raster, grid: PixelGrid, plan: FitPlan, { filter, pad, alpha }: Resampling): Uint8Array {
  const horizontal = computeTaps(plan.x, filter)
  const vertical = computeTaps(plan.y, filter)
  const { first, end } = rowsNeeded(vertical)
  const pixels = pixelWords(raster)
  const source = new Int32Array(plan.x.source)
  const rows = new Int32Array((end - first) * plan.x.size)
  for (let y = first; y < end; y++) {
    flattenRow(pixels, grid, y, source, alpha)
    filterRow(source, horizontal, pad, rows, (y - first) * plan.x.size)
  }
  return filterColumns(rows, plan.x.size, first, vertical, paddingRow(horizontal, pad))
}

function transposeRgb(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(rgb.length)
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 3) out.set(rgb.subarray(from, from + 3), (x * height + y) * 3)
  }
  return out
}

/** The rows that some output pixel reads. */
function rowsNeeded({ size, from, count }: Taps): { first: number; end: number } {
  let first = 0x7fffffff
  let end = 0
  for (let i = 0; i < size; i++) {
    if (count[i] === 0) continue
    first = Math.min(first, from[i]!)
    end = Math.max(end, from[i]! + count[i]!)
  }
  return { first: Math.min(first, end), end }
}

/** A row that is all padding, after the horizontal pass. */
function paddingRow({ size, count, stride, weights, padding }: Taps, pad: Rgb): Int32Array {
  const row = new Int32Array(size)
  for (let i = 0; i < size; i++) {
    let sum = padding[i]!
    for (let tap = i * stride, end = tap + count[i]!; tap < end; tap++) sum += weights[tap]!
    row[i] = packed(HALF + sum * pad[0], HALF + sum * pad[1], HALF + sum * pad[2])
  }
  return row
}

function filterRow(source: Int32Array, taps: Taps, [red, green, blue]: Rgb, out: Int32Array, to: number): void {
  const { size, from, count, stride, weights, padding } = taps
  for (let i = 0; i < size; i++) {
    const outside = padding[i]!
    out[to + i] = weigh(
      source,
      from[i]!,
      1,
      weights,
      i * stride,
      count[i]!,
      HALF + Math.imul(outside, red),
      HALF + Math.imul(outside, green),
      HALF + Math.imul(outside, blue),
    )
  }
}

function filterColumns(rows: Int32Array, width: number, first: number, taps: Taps, paddingRow: Int32Array): Uint8Array {
  const { size, from, count, stride, weights, padding } = taps
  const out = new Uint8Array(size * width * 3)
  for (let i = 0, to = 0; i < size; i++) {
    const outside = padding[i]!
    const top = (from[i]! - first) * width
    for (let x = 0; x < width; x++, to += 3) {
      const around = paddingRow[x]!
      const red = HALF + Math.imul(outside, around & 255)
      const green = HALF + Math.imul(outside, (around >> 8) & 255)
      const blue = HALF + Math.imul(outside, around >> 16)
      const pixel = weigh(rows, top + x, width, weights, i * stride, count[i]!, red, green, blue)
      out[to] = pixel
      out[to + 1] = pixel >> 8
      out[to + 2] = pixel >> 16
    }
  }
  return out
}

/**
 * One output pixel: `count` source pixels `step` apart, weighed, on top of what each channel begins with. Pixels come and go as
 * `red | green << 8 | blue << 16`: one load instead of three.
 *
 * Sums stay within 32 bits: |weights| add up to less than 1.5 * 2^22 and samples are below 2^8.
 */
function weigh(
  source: Int32Array,
  at: number,
  step: number,
  weights: Int32Array,
  tap: number,
  count: number,
  red: number,
  green: number,
  blue: number,
): number {
  for (const end = tap + count; tap < end; tap++, at += step) {
    const weight = weights[tap]!
    const pixel = source[at]!
    red = (red + Math.imul(pixel & 255, weight)) | 0
    green = (green + Math.imul((pixel >> 8) & 255, weight)) | 0
    blue = (blue + Math.imul(pixel >> 16, weight)) | 0
  }
  return packed(red, green, blue)
}

/** Fixed-point channels as one pixel. */
function packed(red: number, green: number, blue: number): number {
  return clip8(red) | (clip8(green) << 8) | (clip8(blue) << 16)
}

function clip8(fixed: number): number {
  const value = fixed >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}
