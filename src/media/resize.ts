/**
 * Pillow's antialiased resize on 8-bit RGB: two one-dimensional passes, each rounded to 8 bits.
 *
 * Source: Pillow 13.0.0, `src/libImaging/Resample.c`, `ImagingResampleInner` and the `_8bpc` passes; equal to `Image.resize` bit
 * for bit. Rows are pulled one by one and padding is arithmetic, so neither an oriented, a flattened nor a padded copy of the
 * picture ever exists: beside the output this holds one row and the result of the first pass.
 * @module
 */
import type { ImagePreprocessing } from '../contracts/model-manifest.ts'
import type { FitPlan } from './fit.ts'
import { type Alpha, flattenRow } from './flatten.ts'
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
  const width = plan.x.size * 3
  const rows = new Uint8Array((end - first) * width)
  const source = new Uint8Array(plan.x.source * 3)
  for (let y = first; y < end; y++) {
    flattenRow(raster.data, grid, y, source, alpha)
    filterRow(source, horizontal, pad, rows, (y - first) * width)
  }
  return filterColumns(rows, width, first, vertical, paddingRow(horizontal, pad))
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

/** A row that is all padding, after the horizontal pass: `size * 3` samples. */
function paddingRow(horizontal: Taps, pad: Rgb): Uint8Array {
  const row = new Uint8Array(horizontal.size * 3)
  for (let i = 0; i < horizontal.size; i++) {
    let sum = horizontal.padding[i]!
    for (let t = 0; t < horizontal.count[i]!; t++) sum += horizontal.weights[i * horizontal.stride + t]!
    for (let channel = 0; channel < 3; channel++) row[i * 3 + channel] = clip8(HALF + sum * pad[channel]!)
  }
  return row
}

function filterRow(source: Uint8Array, taps: Taps, pad: Rgb, out: Uint8Array, to: number): void {
  const { size, from, count, stride, weights, padding } = taps
  for (let i = 0; i < size; i++) {
    const outside = padding[i]!
    const red = Math.imul(outside, pad[0])
    const green = Math.imul(outside, pad[1])
    const blue = Math.imul(outside, pad[2])
    weigh(source, from[i]! * 3, 3, weights, i * stride, count[i]!, red, green, blue, out, to + i * 3)
  }
}

function filterColumns(rows: Uint8Array, width: number, first: number, taps: Taps, paddingRow: Uint8Array): Uint8Array {
  const { size, from, count, stride, weights, padding } = taps
  const out = new Uint8Array(size * width)
  for (let i = 0; i < size; i++) {
    const outside = padding[i]!
    const top = (from[i]! - first) * width
    for (let x = 0; x < width; x += 3) {
      const red = Math.imul(outside, paddingRow[x]!)
      const green = Math.imul(outside, paddingRow[x + 1]!)
      const blue = Math.imul(outside, paddingRow[x + 2]!)
      weigh(rows, top + x, width, weights, i * stride, count[i]!, red, green, blue, out, i * width + x)
    }
  }
  return out
}

/**
 * One output pixel: `count` source pixels `step` bytes apart, weighed, on top of what padding contributes to each channel.
 *
 * Sums stay within 32 bits: |weights| add up to less than 1.5 * 2^22 and samples are below 2^8.
 */
function weigh(
  source: Uint8Array,
  at: number,
  step: number,
  weights: Int32Array,
  tap: number,
  count: number,
  red: number,
  green: number,
  blue: number,
  out: Uint8Array,
  to: number,
): void {
  red = (red + HALF) | 0
  green = (green + HALF) | 0
  blue = (blue + HALF) | 0
  for (const end = tap + count; tap < end; tap++, at += step) {
    const weight = weights[tap]!
    red = (red + Math.imul(source[at]!, weight)) | 0
    green = (green + Math.imul(source[at + 1]!, weight)) | 0
    blue = (blue + Math.imul(source[at + 2]!, weight)) | 0
  }
  out[to] = clip8(red)
  out[to + 1] = clip8(green)
  out[to + 2] = clip8(blue)
}

function clip8(fixed: number): number {
  const value = fixed >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}
