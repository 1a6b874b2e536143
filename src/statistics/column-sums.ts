/**
 * Sums of the columns of a table.
 * @module
 */

/** @param rows `width` Float64 per row. @returns `width` sums, each in the order of the rows. */
export function columnSums(rows: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width)
  rows.forEach((value, index) => (sums[index % width]! += value))
  return sums
}
