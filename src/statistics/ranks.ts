/**
 * Ranks with ties.
 * @module
 */

/** Ranks from 1, ties sharing the mean of their ranks (midranks). */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = ascendingOrder(values)
  const ranks = new Float64Array(values.length)
  for (let start = 0; start < order.length;) {
    let end = start + 1
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    const shared = (start + 1 + end) / 2
    for (let i = start; i < end; i++) ranks[order[i]!] = shared
    start = end
  }
  return ranks
}

/** Indices in ascending order of their values, equal values by ascending index. */
export function ascendingOrder(values: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: values.length }, (_, i) => i).toSorted((a, b) => values[a]! - values[b]! || a - b)
}
