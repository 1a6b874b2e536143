/**
 * How alike two PNG pictures are, by their colors in a coarse grid.
 * @module
 */
import { decodePng } from '../src/media/png-decode.ts'
import { readImageHeader } from '../src/media/image-header.ts'

/** Cells across and down. */
const GRID = 8

/** Mean red, green and blue of each cell over white, 0 to 255, row by row. */
export function coarseColors(png: Uint8Array): Float64Array {
  const { width, height } = readImageHeader(png)
  const { data } = decodePng(png, new Uint8ClampedArray(4 * width * height))
  const sums = new Float64Array(3 * GRID * GRID)
  const counts = new Float64Array(GRID * GRID)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor((y * GRID) / height) * GRID + Math.floor((x * GRID) / width)
      const at = 4 * (y * width + x)
      const alpha = data[at + 3]! / 255
      counts[cell]!++
      for (let channel = 0; channel < 3; channel++) sums[3 * cell + channel]! += data[at + channel]! * alpha + 255 * (1 - alpha)
    }
  }
  return sums.map((sum, index) => sum / Math.max(1, counts[Math.floor(index / 3)]!))
}

/** Sum of squared differences. */
export function colorDistance(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, index) => sum + (value - other[index]!) ** 2, 0)
}
