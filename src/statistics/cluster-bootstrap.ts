/**
 * Cluster bootstrap: whole clusters are drawn with replacement and the statistic recomputed, so corpus metrics (BLEU, CIDEr) and
 * medians get intervals too.
 *
 * Source: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 13 (percentile) and 14 (BCa, acceleration from
 * the jackknife); Cameron & Miller, "A practitioner's guide to cluster-robust inference" (2015), for clusters as the resampled unit.
 * @module
 */
import type { ClusterStatistic } from './cluster-statistic.ts'
import { CounterRandom } from './counter-random.ts'
import { annotated, requireLevel } from './interval.ts'
import type { Bounds, Interval, IntervalNote, IntervalTarget } from './interval.ts'
import { normalCdf, normalQuantile } from './special-functions.ts'

export const BOOTSTRAP_REPLICATES = 2000

export interface ClusterBootstrapOptions extends ClusterStatistic {
  /** `bca` falls back to `percentile`, noted `percentile_fallback`, where it is undefined. */
  readonly method: 'bca' | 'percentile'
  readonly level: number
  readonly target: IntervalTarget
  /** An integer in [0, 2^53). */
  readonly seed: number
  /** What the draws are for: the criterion's (and metric's) name. Statistics under one key see the same resamples. */
  readonly key: string
  /** B; {@link BOOTSTRAP_REPLICATES} unless given. */
  readonly replicates?: number
  /**
   * Bounds to report, noted `zero_variance`, when neither a resample nor the omission of a cluster moves the statistic: for a
   * mean or BLEU, the metric's range, since a sample without variance says nothing about spread. Without it (a median, say)
   * the single point is reported, noted `degenerate_bootstrap`.
   */
  readonly degenerate?: Bounds
}

/**
 * Interval for a statistic of clusters. Its ends are order statistics of the B replicates, the ⌊(B + 1)a⌋-th from either side,
 * never interpolated.
 * @returns null for no clusters.
 * @throws {RangeError} when the statistic is not finite on a resample, or for an invalid option.
 */
export function clusterBootstrap(options: ClusterBootstrapOptions): Interval | null {
  const { clusters, level, target, seed, replicates = BOOTSTRAP_REPLICATES } = options
  requireLevel(level)
  if (!Number.isSafeInteger(replicates) || replicates < 1)
    throw new RangeError(`replicates must be a positive integer, not ${replicates}`)
  if (clusters === 0) return null
  const { bounds, used, notes } = bootstrapBounds(options, replicates)
  const method = `cluster-bootstrap-${used}`
  return annotated({ low: bounds.low, high: bounds.high, method, level, target, clusters, seed, replicates }, notes)
}

interface Outcome {
  readonly bounds: Bounds
  readonly used: 'bca' | 'percentile'
  readonly notes: readonly IntervalNote[]
}

function bootstrapBounds(options: ClusterBootstrapOptions, replicates: number): Outcome {
  const { method, level, degenerate } = options
  const estimate = finite(options.statistic(allClusters(options.clusters)))
  const values = bootstrapValues(options, replicates)

  if (values[0] === values[replicates - 1] && isConstant(jackknifeValues(options)))
    return degenerate === undefined
      ? { bounds: { low: estimate, high: estimate }, used: method, notes: ['degenerate_bootstrap'] }
      : { bounds: degenerate, used: method, notes: ['zero_variance'] }

  const tail = (1 - level) / 2
  if (method === 'percentile') return { bounds: percentiles(values, tail, 1 - tail), used: 'percentile', notes: [] }
  const tails = biasCorrectedTails(values, estimate, jackknifeValues(options), tail)
  if (tails === null) return { bounds: percentiles(values, tail, 1 - tail), used: 'percentile', notes: ['percentile_fallback'] }
  return { bounds: percentiles(values, ...tails), used: 'bca', notes: [] }
}

/** The statistic on B resamples, ascending. */
function bootstrapValues({ clusters, statistic, seed, key }: ClusterBootstrapOptions, replicates: number): Float64Array {
  const random = new CounterRandom(seed, key)
  const indices = new Uint32Array(clusters)
  const values = new Float64Array(replicates)
  for (let replicate = 0; replicate < replicates; replicate++) {
    random.startReplicate(replicate).fillBelow(indices, clusters)
    values[replicate] = finite(statistic(indices))
  }
  return values.toSorted()
}

/** The statistic without each cluster in turn; empty for a single cluster. */
function jackknifeValues({ clusters, statistic, leaveOneOut }: ClusterStatistic): Float64Array {
  if (clusters < 2) return new Float64Array()
  if (leaveOneOut) return Float64Array.from({ length: clusters }, (_, omitted) => finite(leaveOneOut(omitted)))
  const kept = allClusters(clusters).subarray(1)
  const values = new Float64Array(clusters)
  for (let omitted = 0; omitted < clusters; omitted++) {
    if (omitted > 0) kept[omitted - 1] = omitted - 1
    values[omitted] = finite(statistic(kept))
  }
  return values
}

/** The tail areas that BCa reads off in place of (tail, 1 − tail); null where bias or acceleration is undefined. */
function biasCorrectedTails(
  values: Float64Array,
  estimate: number,
  jackknife: Float64Array,
  tail: number,
): [number, number] | null {
  const acceleration = jackknifeAcceleration(jackknife)
  const bias = normalQuantile(shareBelow(values, estimate))
  if (acceleration === null || !Number.isFinite(bias)) return null
  const z = normalQuantile(1 - tail)
  if (acceleration * (bias + z) >= 1 || acceleration * (bias - z) >= 1) return null
  const area = (shifted: number): number => normalCdf(bias + shifted / (1 - acceleration * shifted))
  return [area(bias - z), area(bias + z)]
}

/** Σ(θ̄ − θ₍ᵢ₎)³ / (6 (Σ(θ̄ − θ₍ᵢ₎)²)^1.5); null when the jackknife does not vary. */
function jackknifeAcceleration(jackknife: Float64Array): number | null {
  let sum = 0
  for (const value of jackknife) sum += value
  const mean = sum / jackknife.length
  let squares = 0
  let cubes = 0
  for (const value of jackknife) {
    const deviation = mean - value
    squares += deviation * deviation
    cubes += deviation * deviation * deviation
  }
  return squares > 0 ? cubes / (6 * squares * Math.sqrt(squares)) : null
}

/** Share of replicates below the estimate, ties counted half: many statistics here are discrete. */
function shareBelow(sorted: Float64Array, estimate: number): number {
  let below = 0
  let equal = 0
  for (const value of sorted) {
    if (value < estimate) below++
    else if (value === estimate) equal++
  }
  return (below + equal / 2) / sorted.length
}

function percentiles(sorted: Float64Array, lower: number, upper: number): Bounds {
  const count = sorted.length
  const fromBelow = Math.min(count, Math.max(1, Math.floor((count + 1) * lower)))
  const fromAbove = Math.min(count, Math.max(1, Math.floor((count + 1) * (1 - upper))))
  return { low: sorted[fromBelow - 1]!, high: sorted[count - fromAbove]! }
}

function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0])
}

function allClusters(clusters: number): Uint32Array {
  return Uint32Array.from({ length: clusters }, (_, i) => i)
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`the statistic of a resample is ${value}`)
  return value
}
