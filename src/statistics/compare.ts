/**
 * Compares a treatment with a baseline on the same items. The kind of data decides test and interval
 * (docs/statistics.md, "Which method"), never the data themselves.
 *
 * Two identical runs give difference 0, p = 1 and an interval that contains 0.
 * @module
 */
import { boundedMeanP, unseenItems } from './bounded-mean.ts'
import { boundedCorpusIntervals } from './bounded-corpus.ts'
import type { UnseenCluster } from './bounded-corpus.ts'
import { clusterRobustStandardError } from './cluster-robust.ts'
import { clusterSignFlip } from './cluster-sign-flip.ts'
import { groupByCluster, hasEqualClusterMeans, type Observations } from './clusters.ts'
import { FEWEST_CLUSTERS, annotated } from './interval.ts'
import type { Interval, IntervalTarget, ValueRange } from './interval.ts'
import { bonettPrice, mcnemarMidP } from './mcnemar.ts'
import { meanInterval, unseenEnds } from './mean-interval.ts'
import { ValueColumns } from './observations.ts'
import type { Pair } from './pairing.ts'
import { minimumDetectableEffect } from './power.ts'
import type { RandomizationOptions } from './randomization.ts'
import { normalQuantile } from './special-functions.ts'
import { swapDifferenceOfSums, systemSwap } from './system-swap.ts'

export type Verdict = 'improved' | 'degraded' | 'no_difference_found' | 'too_few_samples'
export type PairedTest = 'mcnemar-mid-p' | 'sign-flip-and-mean-bound' | 'system-swap'
export type Direction = 'higher_is_better' | 'lower_is_better'

export interface Comparison {
  /** Treatment − baseline, in the metric's unit. */
  readonly difference: number
  /** Interval of the difference; null only if the range is unbounded and no difference varies. */
  readonly interval: Interval | null
  /** Two-sided, in (0, 1], not adjusted for other comparisons. */
  readonly p: number
  readonly test: PairedTest
  /** Whether p was enumerated instead of sampled. */
  readonly isExact: boolean
  /** Present for a sampled p only. */
  readonly seed?: number
  readonly replicates?: number
  /** Number of pairs. */
  readonly n: number
  readonly clusters: number
  /** The difference that a comparison of this size finds with 80 % power; null without observed variance. */
  readonly minimumDetectableEffect: number | null
  readonly verdict: Verdict
}

interface CommonOptions extends RandomizationOptions {
  readonly direction: Direction
  /** Level of the interval; 1 − level is the test's significance level. */
  readonly level: number
  readonly target: IntervalTarget
}

export interface CompareMeansOptions extends CommonOptions {
  /** `binary`: every value is 0 or 1. */
  readonly kind: 'binary' | 'bounded'
  /** Least and greatest value of one system; for a null end the observed differences give the bound. */
  readonly range: ValueRange
}

/**
 * Compares two means over the same items.
 *
 * - Binary, one item per cluster: exact McNemar mid-p, Bonett–Price interval.
 * - Otherwise: the greater p of the cluster sign-flip, exact if both signs are equally likely, and of {@link
 *   boundedMeanP}, which assumes only that the mean difference is 0. So p keeps its level under both, and p ≤
 *   1 − level only if the interval excludes 0. A sign-flip alone takes rare large gains against many small
 *   losses for a loss: 18.6 % false alarms at 5 % in the measured case.
 * @param pairs in ordinal order.
 * @returns null without pairs.
 * @throws {RangeError} for values outside the range or invalid options.
 */
export function compareMeans(pairs: Observations<Pair>, options: CompareMeansOptions): Comparison | null {
  if (pairs.length === 0) return null
  const { kind, range, level, target, direction } = options
  requireValues(pairs, options)
  const differences = differencesOf(pairs)
  const grouped = groupByCluster(differences)
  const { n, clusters } = grouped
  const difference = grouped.total / n
  const error = clusterRobustStandardError(grouped)
  const common = {
    difference,
    n,
    clusters,
    minimumDetectableEffect: error === null || error === 0 ? null : minimumDetectableEffect(error, { level }),
  }
  if (kind === 'binary' && clusters === n) {
    const onlyTreatment = countOf(differences, 1)
    const onlyBaseline = countOf(differences, -1)
    const p = mcnemarMidP(onlyBaseline, onlyTreatment)
    const bounds = bonettPrice(onlyBaseline, onlyTreatment, n, level)!
    const interval = annotated({ ...bounds, method: 'bonett-price', level, target, clusters })
    return {
      ...common,
      interval,
      p,
      test: 'mcnemar-mid-p',
      isExact: true,
      verdict: verdictOf({ ...common, p, direction, level }),
    }
  }
  const bounded = { kind: 'bounded', range: rangeOfDifference(range), of: 'differences' } as const
  const interval = meanInterval(differences, { ...bounded, level, target })
  const flipped = clusterSignFlip(grouped.sums, options)
  const { isExact, replicates } = flipped
  const ends = unseenEnds(differences, bounded, hasEqualClusterMeans(grouped))
  const unseen = unseenItems(grouped, 'differences')
  const p = ends === null ? flipped.p : Math.max(flipped.p, boundedMeanP(grouped, { ends, unseen }, 0))
  return {
    ...common,
    interval,
    p,
    test: 'sign-flip-and-mean-bound',
    isExact,
    ...(isExact ? {} : { seed: options.seed, replicates }),
    verdict: verdictOf({ ...common, p, direction, level }),
  }
}

export interface CompareCorporaOptions extends CommonOptions {
  /** Sufficient statistics per cluster and system: `width` Float64 per cluster, clusters ascending. */
  readonly baseline: Float64Array
  readonly treatment: Float64Array
  readonly width: number
  /** The metric of `width` sums. The array of sums is reused. */
  readonly value: (sums: Float64Array) => number
  /** Column of a cluster's size, and the worst and best cluster; see {@link ClusterRows}. */
  readonly size: number
  readonly unseen: (ordinary: Float64Array) => UnseenCluster
  /** Number of items; the number of clusters by default. */
  readonly n?: number
  /** Bootstrap replicates of the interval; `replicates` belongs to the test. */
  readonly bootstrapReplicates?: number
}

/**
 * Compares a corpus metric of two systems: swap test, and Bayesian bootstrap of the difference with the same
 * weights for both. In the unseen cluster one system is at its worst and the other at its best.
 * @returns null without clusters.
 * @throws {RangeError} for rows that do not match or a metric that is not finite.
 */
export function compareCorpora(options: CompareCorporaOptions): Comparison | null {
  const { baseline, treatment, width, value, level, target, direction, seed, key, bootstrapReplicates } = options
  const swap = swapDifferenceOfSums(baseline, treatment, width, value)
  const { clusters } = swap
  if (clusters === 0) return null
  const difference = swap.difference(new Uint8Array(clusters))
  const { p, isExact, replicates } = systemSwap({ ...options, ...swap })
  const resampling = bootstrapReplicates === undefined ? {} : { replicates: bootstrapReplicates }
  const [interval] = boundedCorpusIntervals(
    {
      rows: interleave(baseline, treatment, width),
      width: 2 * width,
      size: options.size,
      unseen(ordinary) {
        const first = options.unseen(ordinary.subarray(0, width))
        const second = options.unseen(ordinary.subarray(width))
        const both = (a: ArrayLike<number>, b: ArrayLike<number>) => [...Array.from(a), ...Array.from(b)]
        return { worst: both(first.best, second.worst), best: both(first.worst, second.best) }
      },
      level,
      target,
      seed,
      key,
      ...resampling,
    },
    [(sums) => value(sums.slice(width)) - value(sums.slice(0, width))],
  )
  const error = (interval!.high - interval!.low) / (2 * normalQuantile(0.5 + level / 2))
  return {
    difference,
    interval: interval!,
    p,
    test: 'system-swap',
    isExact,
    ...(isExact ? {} : { seed, replicates }),
    n: options.n ?? clusters,
    clusters,
    minimumDetectableEffect: interval!.notes?.includes('zero_variance') ? null : minimumDetectableEffect(error, { level }),
    verdict: verdictOf({ difference, p, clusters, direction, level }),
  }
}

/**
 * The verdict of a test, also for a p-value adjusted for other comparisons (Holm).
 * @param outcome `p` is compared with 1 − level.
 */
export function verdictOf(outcome: {
  readonly difference: number
  readonly p: number
  readonly clusters: number
  readonly direction: Direction
  readonly level: number
}): Verdict {
  const { difference, p, clusters, direction, level } = outcome
  if (clusters < FEWEST_CLUSTERS) return 'too_few_samples'
  if (p > 1 - level || difference === 0) return 'no_difference_found'
  return difference > 0 === (direction === 'higher_is_better') ? 'improved' : 'degraded'
}

/** Treatment − baseline, in the order of the pairs. */
function differencesOf(pairs: Observations<Pair>): ValueColumns {
  const clusters = new Uint32Array(pairs.length)
  const values = new Float64Array(pairs.length)
  let at = 0
  for (const { cluster, baseline, treatment } of pairs) {
    clusters[at] = cluster
    values[at++] = treatment - baseline
  }
  return new ValueColumns(clusters, values)
}

function countOf(differences: ValueColumns, wanted: number): number {
  let count = 0
  for (const { value } of differences) if (value === wanted) count++
  return count
}

/** The range of a difference of two values of `range`. */
function rangeOfDifference([least, greatest]: ValueRange): ValueRange {
  return least === null || greatest === null ? [null, null] : [least - greatest, greatest - least]
}

function interleave(baseline: Float64Array, treatment: Float64Array, width: number): Float64Array {
  const rows = new Float64Array(2 * baseline.length)
  for (let at = 0; at < baseline.length; at += width) {
    rows.set(baseline.subarray(at, at + width), 2 * at)
    rows.set(treatment.subarray(at, at + width), 2 * at + width)
  }
  return rows
}

function requireValues(pairs: Observations<Pair>, { kind, range }: CompareMeansOptions): void {
  const least = range[0] ?? -Infinity
  const greatest = range[1] ?? Infinity
  for (const { cluster, baseline, treatment } of pairs)
    for (const value of [baseline, treatment]) {
      if (!(value >= least && value <= greatest))
        throw new RangeError(`a value of cluster ${cluster} is ${value}, outside [${least}, ${greatest}]`)
      if (kind === 'binary' && value !== 0 && value !== 1)
        throw new RangeError(`a value of cluster ${cluster} is ${value}, neither 0 nor 1`)
    }
}
