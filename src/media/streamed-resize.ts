/**
 * The resize of resize.ts for a picture whose stored rows arrive one by one. Same bytes, without holding the
 * picture.
 *
 * Memory: one row, and the first pass's result, one word per pixel. If the first pass runs down the stored
 * columns, also sums for the unfinished output rows.
 * @module
 */
import { release } from '../contracts/release.ts'
import type { FitPlan } from './fit.ts'
import { flattenRow } from './flatten.ts'
import { type Orientation, orientedGrid, type PixelGrid, swapsSides } from './orient.ts'
import { computeTaps, type Taps } from './resample-taps.ts'
import {
  filterColumns,
  filterRow,
  HALF,
  packed,
  paddingRow,
  type Resampling,
  type Rgb,
  rowsNeeded,
  transposeRgb,
  verticalFirst,
} from './resize.ts'

export interface StreamedResize {
  /** Takes the next stored row: `width` pixels as words, by `pixelWords`. */
  row(pixels: Int32Array): void
  /** RGB, row by row: `plan.y.size * plan.x.size * 3` bytes. */
  finish(): Uint8Array
}

/**
 * @param stored size of the stored picture, in pixels
 * @param orientation turns the stored picture upright
 * @param plan for the upright view
 */
export function streamedResize(
  { width, height }: { readonly width: number; readonly height: number },
  orientation: Orientation,
  plan: FitPlan,
  resampling: Resampling,
): StreamedResize {
  const grid = orientedGrid(width, height, orientation)
  const columnsFirst = verticalFirst(plan)
  /** Axis of the first pass, and the other axis. */
  const [first, second] = columnsFirst ? [plan.y, plan.x] : [plan.x, plan.y]
  const [firstTaps, secondTaps] = [computeTaps(first, resampling.filter), computeTaps(second, resampling.filter)]
  const [firstStep, secondStep] = columnsFirst ? [grid.stepY, grid.stepX] : [grid.stepX, grid.stepY]
  const alongRow = columnsFirst === swapsSides(orientation)
  /** Lines of the view along the first axis: one per index of the second. */
  const needed = rowsNeeded(secondTaps)
  const lines = new Int32Array(Math.max(0, needed.end - needed.first) * first.size)
  const flat = new Int32Array(width)
  const pass = alongRow ? rowPass() : columnPass()
  let stored = 0
  return {
    row(pixels) {
      pass(pixels, stored++)
    },
    finish() {
      const rgb = filterColumns(lines, first.size, needed.first, secondTaps, paddingRow(firstTaps, resampling.pad))
      release(lines)
      return columnsFirst ? transposeRgb(rgb, second.size, first.size) : rgb
    },
  }

  /** Each stored row is a line of the view. */
  function rowPass(): (pixels: Int32Array, index: number) => void {
    const rowGrid: PixelGrid = { width, height: 1, origin: firstStep < 0 ? width - 1 : 0, stepX: Math.sign(firstStep), stepY: 0 }
    return (pixels, index) => {
      const line = secondStep < 0 ? second.source - 1 - index : index
      if (line < needed.first || line >= needed.end) return
      flattenRow(pixels, rowGrid, 0, flat, resampling.alpha)
      filterRow(flat, 0, firstTaps, resampling.pad, lines, (line - needed.first) * first.size)
    }
  }

  /** Each stored row is one pixel of every line of the view. */
  function columnPass(): (pixels: Int32Array, index: number) => void {
    const rowGrid: PixelGrid = {
      width,
      height: 1,
      origin: secondStep < 0 ? width - 1 : 0,
      stepX: Math.sign(secondStep),
      stepY: 0,
    }
    const sums = createColumnSums(firstTaps, resampling.pad, width, (output, values) => {
      for (let line = needed.first; line < needed.end; line++) lines[(line - needed.first) * first.size + output] = values[line]!
    })
    return (pixels, index) => {
      flattenRow(pixels, rowGrid, 0, flat, resampling.alpha)
      sums.add(flat, firstStep < 0 ? first.source - 1 - index : index)
    }
  }
}

interface ColumnSums {
  /** Adds the pixels at one position of the axis; positions come in order, up or down. */
  add(pixels: Int32Array, position: number): void
}

/** Weighted sums down the columns. Each output is delivered after its last pixel. */
function createColumnSums(
  taps: Taps,
  pad: Rgb,
  width: number,
  finished: (output: number, values: Int32Array) => void,
): ColumnSums {
  const open = new Map<number, { sums: Int32Array; missing: number }>()
  const spare: Int32Array[] = []
  const values = new Int32Array(width)
  /** Outputs that read each position. */
  const readers = readersOf(taps)
  for (let output = 0; output < taps.size; output++) if (taps.count[output] === 0) finish(output, begin(output))

  function begin(output: number): Int32Array {
    const sums = spare.pop() ?? new Int32Array(width * 3)
    const outside = taps.padding[output]!
    for (let channel = 0; channel < 3; channel++)
      sums.fill((HALF + Math.imul(outside, pad[channel]!)) | 0, channel * width, (channel + 1) * width)
    return sums
  }

  function finish(output: number, sums: Int32Array): void {
    for (let x = 0; x < width; x++) values[x] = packed(sums[x]!, sums[width + x]!, sums[2 * width + x]!)
    finished(output, values)
    spare.push(sums)
  }

  return {
    add(pixels, position) {
      for (const output of readers(position)) {
        let entry = open.get(output)
        if (entry === undefined) open.set(output, (entry = { sums: begin(output), missing: taps.count[output]! }))
        const { sums } = entry
        const weight = taps.weights[output * taps.stride + position - taps.from[output]!]!
        for (let x = 0; x < width; x++) {
          const pixel = pixels[x]!
          sums[x] = (sums[x]! + Math.imul(pixel & 255, weight)) | 0
          sums[width + x] = (sums[width + x]! + Math.imul((pixel >> 8) & 255, weight)) | 0
          sums[2 * width + x] = (sums[2 * width + x]! + Math.imul((pixel >> 16) & 255, weight)) | 0
        }
        if (--entry.missing > 0) continue
        open.delete(output)
        finish(output, sums)
      }
    },
  }
}

/**
 * Finds the outputs whose taps cover a position. Runs of neighbouring outputs overlap and move in one
 * direction.
 */
function readersOf({ size, from, count }: Taps): (position: number) => number[] {
  return (position) => {
    const found: number[] = []
    for (let output = 0; output < size; output++)
      if (position >= from[output]! && position < from[output]! + count[output]!) found.push(output)
    return found
  }
}
