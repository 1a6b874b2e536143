/**
 * What the randomization tests share: under the null hypothesis the two systems' labels may be exchanged cluster by cluster.
 *
 * Source: Phipson & Smyth, "Permutation p-values should never be zero" (2010), for p = (b + 1)/(B + 1).
 * @module
 */

/** B unless given; B + 1 labellings make p a multiple of 1/10,000. */
export const RANDOMIZATION_REPLICATES = 9999

/** Statistics this close (relative to the greatest possible) are ties that rounding has parted. */
export const TIE_TOLERANCE = 1e-12

export interface RandomizationOptions {
  /** An integer in [0, 2^53). */
  readonly seed: number
  /** What the draws are for: criterion, baseline and treatment. */
  readonly key: string
  /** B; {@link RANDOMIZATION_REPLICATES} unless given. */
  readonly replicates?: number
}

/** A two-sided p-value and how it came about. */
export interface RandomizationResult {
  /** In (0, 1]. */
  readonly p: number
  /** All labellings enumerated; seed and replicates played no part. */
  readonly isExact: boolean
  /** Labellings looked at, the observed one not counted where drawn. */
  readonly replicates: number
}

/** @throws {RangeError} unless a positive integer. */
export function requireReplicates(replicates: number): void {
  if (!Number.isSafeInteger(replicates) || replicates < 1)
    throw new RangeError(`replicates must be a positive integer, not ${replicates}`)
}
