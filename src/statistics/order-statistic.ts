/**
 * Distribution-free interval for a median.
 * @module
 */
import { annotated, requireLevel } from './interval.ts'
import type { Interval, IntervalTarget } from './interval.ts'
import { binomialCdf } from './special-functions.ts'

/**
 * [x₍r₎, x₍n+1−r₎] with the largest r such that P(Bin(n, ½) < r) ≤ α/2. Coverage is at least `level` for
 * every distribution, ties included. Source: David & Nagaraja, "Order Statistics" (3rd ed.), section 7.1.
 * @param values independent observations (one per cluster), in any order.
 * @returns null if even the whole sample falls short of the level (n < 6 at 95 %).
 * @throws {RangeError} for a value that is not finite or a level outside (0, 1).
 */
export function medianOrderStatistic(
  values: readonly number[],
  options: { level: number; target: IntervalTarget },
): Interval | null {
  const { level, target } = options
  requireLevel(level)
  const unfit = values.find((value) => !Number.isFinite(value))
  if (unfit !== undefined) throw new RangeError(`an observation is ${unfit}`)
  const n = values.length
  const rank = medianRank(n, level)
  if (rank === 0) return null
  const sorted = Float64Array.from(values).toSorted()
  return annotated({ low: sorted[rank - 1]!, high: sorted[n - rank]!, method: 'order-statistic', level, target, clusters: n })
}

/** The r above; 0 if there is none. P(Bin(n, ½) ≤ r − 1) grows in r, so bisection finds it. */
function medianRank(n: number, level: number): number {
  const tail = (1 - level) / 2
  let low = 0
  let high = Math.floor(n / 2) + 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (binomialCdf(middle - 1, n, 0.5) <= tail) low = middle
    else high = middle
  }
  return low
}
