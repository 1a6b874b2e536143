/**
 * Sets of code points as sorted ranges, searched by bisection.
 * @module
 */

export interface CodePointSet {
  has(codePoint: number): boolean
}

/**
 * Reads the pairs of a generated table: gap since the last range's end, and count, in base 36. Returns first
 * and last of each range.
 */
export function codePointRanges(table: string): [number, number][] {
  const numbers = table.split(' ').map((digits) => Number.parseInt(digits, 36))
  const ranges: [number, number][] = []
  let position = 0
  for (let index = 0; index < numbers.length; index += 2) {
    const start = position + numbers[index]!
    position = start + numbers[index + 1]!
    ranges.push([start, position - 1])
  }
  return ranges
}

/** The set of a generated table. */
export function codePointSet(table: string): CodePointSet {
  const ranges = codePointRanges(table)
  const starts = Uint32Array.from(ranges, ([first]) => first)
  const ends = Uint32Array.from(ranges, ([, last]) => last + 1)
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
