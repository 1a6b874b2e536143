/**
 * Paired binary outcomes: one item per cluster, right or wrong under each of two systems.
 * @module
 */
import { requireLevel } from './interval.ts'
import type { Bounds } from './interval.ts'
import { binomialCdf, binomialProbability, normalQuantile } from './special-functions.ts'

/**
 * Exact McNemar test with the mid-p correction, two-sided: 2 P(X < k) + P(X = k), X ~ Bin(b + c, ½), k =
 * min(b, c). Source: Fagerland, Lydersen & Laake, "The McNemar test for binary matched-pairs data: mid-p and
 * asymptotic are better than exact conditional" (2013).
 * @param onlyBaseline items right under the baseline alone (b). @param onlyTreatment items right under the
 *   treatment alone (c).
 * @returns p in (0, 1]; 1 if no pair is discordant.
 * @throws {RangeError} unless both are non-negative integers.
 */
export function mcnemarMidP(onlyBaseline: number, onlyTreatment: number): number {
  requireCount(onlyBaseline)
  requireCount(onlyTreatment)
  const discordant = onlyBaseline + onlyTreatment
  const fewer = Math.min(onlyBaseline, onlyTreatment)
  // Exactly 1 by symmetry; the formula would leave a rounding error.
  if (2 * fewer === discordant) return 1
  return Math.min(1, 2 * binomialCdf(fewer - 1, discordant, 0.5) + binomialProbability(fewer, discordant, 0.5))
}

/**
 * Interval for the difference of two paired proportions (treatment − baseline): Wald on counts with one
 * discordant pair added each way. Its width is never zero. Source: Bonett & Price, "Adjusted Wald confidence
 * interval for a difference of binomial proportions based on paired data" (2012).
 * @param n number of pairs.
 * @returns bounds in [−1, 1]; null for n = 0.
 * @throws {RangeError} for counts that do not fit n or a level outside (0, 1).
 */
export function bonettPrice(onlyBaseline: number, onlyTreatment: number, n: number, level: number): Bounds | null {
  requireLevel(level)
  for (const count of [onlyBaseline, onlyTreatment, n, n - onlyBaseline - onlyTreatment]) requireCount(count)
  if (n === 0) return null
  const down = (onlyBaseline + 1) / (n + 2)
  const up = (onlyTreatment + 1) / (n + 2)
  const difference = up - down
  const half = normalQuantile(0.5 + level / 2) * Math.sqrt((up + down - difference * difference) / (n + 2))
  return { low: Math.max(-1, difference - half), high: Math.min(1, difference + half) }
}

function requireCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is not a count`)
}
