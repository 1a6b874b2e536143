/**
 * Cluster bootstrap: draws whole clusters with replacement and recomputes the statistic. Used for medians.
 *
 * Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13 (percentile); Cameron &
 * Miller, "A practitioner's guide to cluster-robust inference" (2015), for clusters as the resampled unit.
 * @module
 */
import { BOOTSTRAP_REPLICATES } from './bounded-corpus.ts'
import { CounterRandom } from './counter-random.ts'
import { annotated, requireLevel } from './interval.ts'
import type { Interval, IntervalTarget } from './interval.ts'

export interface ClusterBootstrapOptions {
  /** Number of clusters, G. Cluster i is the i-th by ascending cluster id; the caller sorts. */
  readonly clusters: number
  /**
   * The value on the clusters at `indices`, each in [0, G), repeats counted. The array `indices` is reused.
   */
  readonly statistic: (indices: Uint32Array) => number
  readonly level: number
  readonly target: IntervalTarget
  /** An integer in [0, 2^53). */
  readonly seed: number
  /**
   * Purpose of the draws: the name of the criterion (and metric). Statistics under one key see the same
   * resamples.
   */
  readonly key: string
  /** B; {@link BOOTSTRAP_REPLICATES} by default. */
  readonly replicates?: number
}

/**
 * Percentile interval for a statistic of clusters. Its ends are order statistics of the B replicates, the ⌊(B
 * + 1)α/2⌋-th from either side, never interpolated. If all replicates are equal, the interval is that point,
 * noted `degenerate_bootstrap`.
 * @returns null without clusters.
 * @throws {RangeError} if the statistic is not finite on a resample, or for an invalid option.
 */
export function clusterBootstrap(options: ClusterBootstrapOptions): Interval | null {
  const { clusters, level, target, seed, replicates = BOOTSTRAP_REPLICATES } = options
  requireLevel(level)
  if (!Number.isSafeInteger(replicates) || replicates < 1)
    throw new RangeError(`replicates must be a positive integer, not ${replicates}`)
  if (clusters === 0) return null
  const values = bootstrapValues(options, replicates)
  const rank = Math.max(1, Math.floor(((replicates + 1) * (1 - level)) / 2))
  const low = values[rank - 1]!
  const high = values[replicates - rank]!
  const method = 'cluster-bootstrap-percentile'
  const isDegenerate = values[0] === values[replicates - 1]
  return annotated({ low, high, method, level, target, clusters, seed, replicates }, isDegenerate ? ['degenerate_bootstrap'] : [])
}

/** The statistic on B resamples, ascending. */
function bootstrapValues({ clusters, statistic, seed, key }: ClusterBootstrapOptions, replicates: number): Float64Array {
  const random = new CounterRandom(seed, key)
  const indices = new Uint32Array(clusters)
  const values = new Float64Array(replicates)
  for (let replicate = 0; replicate < replicates; replicate++) {
    random.startReplicate(replicate).fillBelow(indices, clusters)
    const value = statistic(indices)
    if (!Number.isFinite(value)) throw new RangeError(`the statistic of a resample is ${value}`)
    values[replicate] = value
  }
  return values.toSorted()
}
