/**
 * PNG's row filters, undone (W3C PNG third edition, section 9).
 * @module
 */
import { badImage } from './bad-image.ts'

/**
 * Replaces a filtered row by its samples.
 * @param filter the row's filter type byte
 * @param row filtered bytes, overwritten
 * @param above the unfiltered row above in the same pass, as long as `row`; zeros for a first row
 * @param distance bytes to the corresponding byte of the pixel to the left, at least 1
 */
export function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, distance: number): void {
  switch (filter) {
    case 0:
      return
    case 1:
      return addLeft(row, distance)
    case 2:
      return addAbove(row, above)
    case 3:
      return addAverage(row, above, distance)
    case 4:
      return addPaeth(row, above, distance)
    default:
      throw badImage('corrupt', `PNG has no row filter ${filter}`)
  }
}

function addLeft(row: Uint8Array, distance: number): void {
  for (let i = distance, end = row.length; i < end; i++) row[i] = row[i]! + row[i - distance]!
}

function addAbove(row: Uint8Array, above: Uint8Array): void {
  for (let i = 0, end = row.length; i < end; i++) row[i] = row[i]! + above[i]!
}

// The other two go channel by channel, which keeps neighbours in registers. Zeros precede the first pixel.

function addAverage(row: Uint8Array, above: Uint8Array, distance: number): void {
  for (let channel = 0; channel < distance; channel++) {
    let left = 0
    for (let i = channel; i < row.length; i += distance) {
      left = (row[i]! + ((left + above[i]!) >> 1)) & 0xff
      row[i] = left
    }
  }
}

function addPaeth(row: Uint8Array, above: Uint8Array, distance: number): void {
  for (let channel = 0; channel < distance; channel++) {
    let left = 0
    let corner = 0
    for (let i = channel; i < row.length; i += distance) {
      const up = above[i]!
      const toLeft = Math.abs(up - corner)
      const toUp = Math.abs(left - corner)
      const toCorner = Math.abs(left + up - 2 * corner)
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
      left = (row[i]! + nearest) & 0xff
      row[i] = left
      corner = up
    }
  }
}
