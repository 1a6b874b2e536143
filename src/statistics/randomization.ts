/**
 * Common parts of the randomization tests. Under the null hypothesis the systems' labels may be exchanged per
 * cluster.
 *
 * Source: Phipson & Smyth, "Permutation p-values should never be zero" (2010), for p = (b + 1)/(B + 1).
 * @module
 */

/** Default B; B + 1 labellings make p a multiple of 1/10,000. */
export const RANDOMIZATION_REPLICATES = 9999

/** Statistics this close, relative to the greatest possible, are ties that differ by rounding only. */
export const TIE_TOLERANCE = 1e-12

export interface RandomizationOptions {
  /** An integer in [0, 2^53). */
  readonly seed: number
  /** Purpose of the draws: criterion, baseline and treatment. */
  readonly key: string
  /** B; {@link RANDOMIZATION_REPLICATES} by default. */
  readonly replicates?: number
}

/** A two-sided p-value and its origin. */
export interface RandomizationResult {
  /** In (0, 1]. */
  readonly p: number
  /** Whether all labellings were enumerated, without seed or replicates. */
  readonly isExact: boolean
  /** Labellings examined; drawn ones exclude the observed one. */
  readonly replicates: number
}

/** @throws {RangeError} unless a positive integer. */
export function requireReplicates(replicates: number): void {
  if (!Number.isSafeInteger(replicates) || replicates < 1)
    throw new RangeError(`replicates must be a positive integer, not ${replicates}`)
}
