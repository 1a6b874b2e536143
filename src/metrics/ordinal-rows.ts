/**
 * Brings rows from shards back into the order in which every metric is folded, so that ordinary floating-point sums do not depend on
 * how the work was split, in what order it arrived, or what was done twice.
 * @module
 */

export interface OrdinalRow {
  /** Position of the item in its dataset, from 0. */
  readonly ordinal: number
}

/**
 * Each row once, ascending.
 * @param parts - blocks of rows in any order; a row may come more than once.
 * @param equal - whether two rows of one ordinal say the same.
 * @throws {RangeError} when two rows of one ordinal differ: the first finisher must have won before rows get here.
 */
export function inOrdinalOrder<T extends OrdinalRow>(parts: Iterable<Iterable<T>>, equal: (a: T, b: T) => boolean): T[] {
  const rows = new Map<number, T>()
  for (const part of parts) {
    for (const row of part) {
      const known = rows.get(row.ordinal)
      if (known === undefined) rows.set(row.ordinal, row)
      else if (!equal(known, row)) throw new RangeError(`two different rows for ordinal ${row.ordinal}`)
    }
  }
  return [...rows.values()].toSorted((a, b) => a.ordinal - b.ordinal)
}
