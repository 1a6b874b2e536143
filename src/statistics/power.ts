/**
 * The smallest difference that a comparison can find, and the number of clusters that a difference needs.
 *
 * Normal approximation, two-sided test. Source: Miller, "Adding error bars to evals" (arXiv:2411.00640), on
 * power, with the clustered standard error in place of s/√n.
 * @module
 */
import { requireLevel } from './interval.ts'
import { normalQuantile } from './special-functions.ts'

const USUAL_POWER = 0.8

export interface PowerOptions {
  /** 1 − α of the two-sided test. */
  readonly level: number
  /** Probability of finding the effect, in (0, 1); {@link USUAL_POWER} by default. */
  readonly power?: number
}

/**
 * (z₁₋α/₂ + z_power) · SE, in the unit of the standard error.
 * @throws {RangeError} for a level or power outside (0, 1).
 */
export function minimumDetectableEffect(standardError: number, options: PowerOptions): number {
  return standardizedEffect(options) * standardError
}

/**
 * Clusters needed to find `effect`, from the standard error of a pilot, which shrinks as 1/√G.
 * @param pilot the standard error of the difference, and the number of clusters behind it.
 * @returns a whole number ≥ 1.
 * @throws {RangeError} unless effect > 0, clusters ≥ 1 and standardError ≥ 0.
 * @internal
 */
export function requiredClusters(
  effect: number,
  pilot: { readonly standardError: number; readonly clusters: number },
  options: PowerOptions,
): number {
  if (!(effect > 0)) throw new RangeError(`the effect to be found must be positive, not ${effect}`)
  if (!(pilot.clusters >= 1 && pilot.standardError >= 0)) throw new RangeError('a pilot needs clusters and a standard error')
  const ratio = minimumDetectableEffect(pilot.standardError, options) / effect
  return Math.max(1, Math.ceil(pilot.clusters * ratio * ratio))
}

function standardizedEffect({ level, power = USUAL_POWER }: PowerOptions): number {
  requireLevel(level)
  if (!(power > 0 && power < 1)) throw new RangeError(`power must lie between 0 and 1, not ${power}`)
  return normalQuantile(0.5 + level / 2) + normalQuantile(power)
}
