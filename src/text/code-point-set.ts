/**
 * Sets of code points as sorted ranges, searched by bisection.
 * @module
 */

export interface CodePointSet {
  has(codePoint: number): boolean
}

/** Reads the pairs of `bert-unicode.ts`: gap since the last range's end, and count, in base 36. */
export function codePointSet(table: string): CodePointSet {
  const numbers = table.split(' ').map((digits) => Number.parseInt(digits, 36))
  const starts = new Uint32Array(numbers.length / 2)
  const ends = new Uint32Array(numbers.length / 2)
  let position = 0
  for (let range = 0; range < starts.length; range++) {
    position += numbers[2 * range]!
    starts[range] = position
    position += numbers[2 * range + 1]!
    ends[range] = position
  }
  return {
    has(codePoint) {
      let low = 0
      let high = starts.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (ends[middle]! <= codePoint) low = middle + 1
        else high = middle
      }
      return low < starts.length && starts[low]! <= codePoint
    },
  }
}
