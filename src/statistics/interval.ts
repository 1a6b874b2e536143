/**
 * The interval type: the fields of `interval` in `contracts/report.ts`, restated because this room imports
 * nothing. A type test in `test/unit/statistics` keeps both equal.
 * @module
 */
import { clustersOffMode, effectiveClusters, hasEqualClusterMeans } from './clusters.ts'
import type { ClusterSums } from './clusters.ts'

/**
 * Target of an interval: the population that the items were drawn from, or the full score of this dataset.
 */
export type IntervalTarget = 'population' | 'this_dataset'

/** Two ends in the unit of the value, low ≤ high. */
export interface Bounds {
  readonly low: number
  readonly high: number
}

/** Least and greatest possible value of an observation; null if unbounded. */
export type ValueRange = readonly [low: number | null, high: number | null]

export type IntervalNote =
  /** Fewer than {@link FEWEST_CLUSTERS} clusters: too few for a conclusion. */
  | 'too_few_samples'
  /** The sample shows no variance; the interval rests on the range alone. */
  | 'zero_variance'
  /** Unequal clusters: the mean rests on fewer than {@link FEWEST_CLUSTERS} of them, (Σn)²/Σn² < 30. */
  | 'few_effective_clusters'
  /**
   * Fewer than {@link FEWEST_OFF_MODE} clusters differ from the most frequent value; mostly the range
   * decides.
   */
  | 'near_degenerate'
  /** Fewer than {@link FEWEST_OFF_MODE} clusters have a matched n-gram of this order. */
  | 'few_matched_ngrams'
  /** Proxy scores vary more over the dataset than over the gold items, so the proxy counts for less. */
  | 'outlying_proxy'
  /** The jackknife estimates a bias above a quarter of the standard error; it widens the interval. */
  | 'biased_statistic'
  /** Every bootstrap replicate has the same value. */
  | 'degenerate_bootstrap'

export interface Interval extends Bounds {
  readonly method: string
  /** Nominal coverage, in (0, 1). */
  readonly level: number
  readonly target: IntervalTarget
  /** Number of clusters the interval rests on. */
  readonly clusters: number
  /** Present for resampling only. */
  readonly seed?: number
  readonly replicates?: number
  readonly notes?: IntervalNote[]
}

/** With fewer clusters a report notes `too_few_samples` and a comparison gives no verdict. */
export const FEWEST_CLUSTERS = 30

/** Fewer clusters off the most frequent value say little about the distribution. */
export const FEWEST_OFF_MODE = 10

/** @throws {RangeError} unless 0 < level < 1. */
export function requireLevel(level: number): void {
  if (!(level > 0 && level < 1)) throw new RangeError(`level must lie between 0 and 1, not ${level}`)
}

/** Adds `too_few_samples` if it applies, and leaves `notes` out if there are none. */
export function annotated(interval: Interval, notes: readonly IntervalNote[] = []): Interval {
  const all: IntervalNote[] = interval.clusters < FEWEST_CLUSTERS ? [...notes, 'too_few_samples'] : [...notes]
  return all.length === 0 ? interval : { ...interval, notes: all }
}

/** An interval with further notes before its own. */
export function noted(interval: Interval, notes: readonly IntervalNote[]): Interval {
  return notes.length === 0 ? interval : { ...interval, notes: [...notes, ...(interval.notes ?? [])] }
}

/** Notes for a mean over these clusters. */
export function meanNotes(grouped: ClusterSums, [least, greatest]: readonly [number, number]): IntervalNote[] {
  if (hasEqualClusterMeans(grouped)) return grouped.clusters > 1 ? ['zero_variance'] : []
  if (grouped.clusters < FEWEST_CLUSTERS) return []
  const notes: IntervalNote[] = []
  if (effectiveClusters(grouped) < FEWEST_CLUSTERS) notes.push('few_effective_clusters')
  if (clustersOffMode(grouped, greatest - least) < FEWEST_OFF_MODE) notes.push('near_degenerate')
  return notes
}

/** Bounds cut to the range of the data. */
export function clip(bounds: Bounds, [least, greatest]: ValueRange): Bounds {
  return {
    low: least === null || bounds.low > least ? bounds.low : least,
    high: greatest === null || bounds.high < greatest ? bounds.high : greatest,
  }
}
