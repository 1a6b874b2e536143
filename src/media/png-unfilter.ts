/**
 * PNG's row filters, undone (W3C PNG third edition, section 9).
 * @module
 */
import { badImage } from './bad-image.ts'

/**
 * Replaces a filtered row by its samples.
 * @param filter the row's filter type byte
 * @param row filtered bytes, overwritten
 * @param above the row above in the same pass, already undone; zeros for a first row; as long as `row`
 * @param distance bytes to the corresponding byte of the pixel to the left, at least 1
 */
export function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, distance: number): void {
  const length = row.length
  switch (filter) {
    case 0:
      return
    case 1:
      for (let i = distance; i < length; i++) row[i] = row[i]! + row[i - distance]!
      return
    case 2:
      for (let i = 0; i < length; i++) row[i] = row[i]! + above[i]!
      return
    case 3:
      for (let i = 0; i < distance && i < length; i++) row[i] = row[i]! + (above[i]! >> 1)
      for (let i = distance; i < length; i++) row[i] = row[i]! + ((row[i - distance]! + above[i]!) >> 1)
      return
    case 4:
      for (let i = 0; i < distance && i < length; i++) row[i] = row[i]! + above[i]!
      for (let i = distance; i < length; i++) row[i] = row[i]! + paeth(row[i - distance]!, above[i]!, above[i - distance]!)
      return
    default:
      throw badImage('corrupt', `PNG has no row filter ${filter}`)
  }
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
