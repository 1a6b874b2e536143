/**
 * Adjusted p-values of several tests, so that each may be compared with the level as if it were the only
 * test.
 * @module
 */
import { ascendingOrder } from './ranks.ts'

/**
 * Holm's step-down adjustment (1979): controls the probability of any false claim under every dependence.
 * @param pValues in [0, 1], in any order.
 * @returns adjusted p-values in the same order.
 * @throws {RangeError} for a value outside [0, 1].
 */
export function holm(pValues: readonly number[]): number[] {
  const order = orderOf(pValues)
  const adjusted = Array.from(pValues)
  let running = 0
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, (pValues.length - rank) * pValues[index]!))
    adjusted[index] = running
  })
  return adjusted
}

/**
 * Benjamini and Hochberg's step-up adjustment (1995): controls the expected share of false claims among the
 * claims, under independence or positive dependence.
 * @param pValues in [0, 1], in any order.
 * @returns adjusted p-values in the same order.
 * @throws {RangeError} for a value outside [0, 1].
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = orderOf(pValues)
  const adjusted = Array.from(pValues)
  let running = 1
  for (let rank = order.length; rank >= 1; rank--) {
    const index = order[rank - 1]!
    running = Math.min(running, (pValues.length / rank) * pValues[index]!)
    adjusted[index] = running
  }
  return adjusted
}

function orderOf(pValues: readonly number[]): Uint32Array {
  for (const p of pValues) if (!(p >= 0 && p <= 1)) throw new RangeError(`a p-value must lie in [0, 1], not ${p}`)
  return ascendingOrder(pValues)
}
