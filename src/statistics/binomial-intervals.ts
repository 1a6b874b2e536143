/**
 * Intervals for a proportion: k successes in n independent trials.
 * @module
 */
import { requireLevel } from './interval.ts'
import type { Bounds } from './interval.ts'
import { inverseIncompleteBeta, inverseIncompleteBetaComplement, normalQuantile } from './special-functions.ts'

/**
 * Wilson's score interval. Source: Wilson (1927); Brown, Cai & DasGupta, "Interval estimation for a binomial
 * proportion" (2001). Its coverage is near the level on average over p, not for every p.
 * @returns bounds in [0, 1]; null for n = 0.
 * @throws {RangeError} unless 0 ≤ successes ≤ n are integers and 0 < level < 1.
 */
export function wilson(successes: number, n: number, level: number): Bounds | null {
  requireCounts(successes, n, level)
  if (n === 0) return null
  const z = normalQuantile(0.5 + level / 2)
  const p = successes / n
  const scale = 1 + (z * z) / n
  const center = (p + (z * z) / (2 * n)) / scale
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / scale
  return { low: successes === 0 ? 0 : Math.max(0, center - half), high: successes === n ? 1 : Math.min(1, center + half) }
}

/**
 * Clopper and Pearson's interval (1934): coverage at least `level` for every p.
 * @returns bounds in [0, 1]; null for n = 0.
 * @throws {RangeError} unless 0 ≤ successes ≤ n are integers and 0 < level < 1.
 */
export function clopperPearson(successes: number, n: number, level: number): Bounds | null {
  requireCounts(successes, n, level)
  if (n === 0) return null
  const tail = (1 - level) / 2
  return {
    low: successes === 0 ? 0 : inverseIncompleteBeta(tail, successes, n - successes + 1),
    high: successes === n ? 1 : inverseIncompleteBetaComplement(tail, n - successes, successes + 1),
  }
}

/** @throws {RangeError} unless 0 ≤ successes ≤ n are integers and 0 < level < 1. */
export function requireCounts(successes: number, n: number, level: number): void {
  requireLevel(level)
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(successes) || successes < 0 || successes > n)
    throw new RangeError(`need integers 0 ≤ successes ≤ n, not ${successes} of ${n}`)
}
