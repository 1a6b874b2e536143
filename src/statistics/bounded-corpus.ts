/**
 * Interval for a corpus metric (BLEU, METEOR), a function of sums over clusters: the Bayesian bootstrap with
 * one unseen cluster at its worst or best, as in `bounded-mean.ts`, here with drawn weights.
 *
 * A resample of whole clusters contains only n-grams that some caption matched. If few captions match any, it
 * cannot show how rare matches are: BLEU-4 of a sample without a matched 4-gram is 0 in every resample. The
 * unseen cluster can.
 *
 * Source: Rubin, "The Bayesian bootstrap" (1981); see `bounded-mean.ts` for the unseen cluster.
 * @module
 */
import { UNSEEN_CHANCE } from './bounded-mean.ts'
import { CounterRandom } from './counter-random.ts'
import { log } from './elementary.ts'
import { annotated, requireLevel } from './interval.ts'
import type { Interval, IntervalTarget } from './interval.ts'
import { BOUNDED_BOOTSTRAP } from './mean-interval.ts'

export const BOOTSTRAP_REPLICATES = 2000
/** Values that differ by this share of their size are equal: weights round. */
const ROUNDING = 1e-10

/** Summed statistics of an unseen cluster at its worst or best. */
export interface UnseenCluster {
  readonly worst: ArrayLike<number>
  readonly best: ArrayLike<number>
}

/** The clusters of a corpus metric, and the extremes of an unseen one. */
export interface ClusterRows {
  /** `width` Float64 per cluster: the sums over its items; clusters by ascending id. */
  readonly rows: Float64Array
  readonly width: number
  /** Column that holds a cluster's size, e.g. its words. */
  readonly size: number
  /** The worst and the best cluster of ordinary size, from the sums of an ordinary cluster. */
  readonly unseen: (ordinary: Float64Array) => UnseenCluster
}

export interface BoundedCorpusOptions extends ClusterRows {
  readonly level: number
  readonly target: IntervalTarget
  /** An integer in [0, 2^53). */
  readonly seed: number
  /** Purpose of the draws: the name of the criterion (and metric). */
  readonly key: string
  /** B; {@link BOOTSTRAP_REPLICATES} by default. */
  readonly replicates?: number
}

/**
 * One interval per metric of the same sums, from the same B weighted sums. Ends are order statistics, the ⌊(B
 * + 1)α/2⌋-th from either side, never interpolated; they enclose the metric's value. Time O(B · G · width),
 * memory O(B) per metric.
 * @param values the metrics, each a function of `width` sums, higher for a better cluster. The array of sums
 *   is reused.
 * @returns one interval per metric; all null without clusters.
 * @throws {RangeError} when a metric is not finite on weighted sums, or for an invalid option.
 */
export function boundedCorpusIntervals(
  options: BoundedCorpusOptions,
  values: readonly ((sums: Float64Array) => number)[],
): (Interval | null)[] {
  const { rows, width, level, target, seed, key, replicates = BOOTSTRAP_REPLICATES } = options
  requireLevel(level)
  if (!Number.isSafeInteger(replicates) || replicates < 1)
    throw new RangeError(`replicates must be a positive integer, not ${replicates}`)
  const clusters = clustersOf(options)
  if (clusters === 0) return values.map(() => null)
  const { worst, best } = options.unseen(ordinaryCluster(options))
  const lows = values.map(() => new Float64Array(replicates))
  const highs = values.map(() => new Float64Array(replicates))
  const isConstant = values.map(() => true)
  const first: (number | undefined)[] = []
  const random = new CounterRandom(seed, key)
  const sums = new Float64Array(width)
  const shifted = new Float64Array(width)
  const at = (value: (sums: Float64Array) => number, row: ArrayLike<number>, weight: number): number => {
    for (let k = 0; k < width; k++) shifted[k] = sums[k]! + weight * row[k]!
    return finite(value(shifted))
  }
  for (let replicate = 0; replicate < replicates; replicate++) {
    random.startReplicate(replicate)
    const unseen = random.uint32() < UNSEEN_CHANCE * 4294967296 ? exponential(random.uint32() >>> 16) : 0
    weightedSums(rows, width, random, sums)
    values.forEach((value, index) => {
      const low = at(value, worst, unseen)
      lows[index]![replicate] = low
      highs[index]![replicate] = unseen === 0 ? low : at(value, best, unseen)
      if (unseen > 0) return
      const reference = (first[index] ??= low)
      if (Math.abs(low - reference) > ROUNDING * Math.abs(reference)) isConstant[index] = false
    })
  }
  const rank = Math.max(1, Math.floor(((replicates + 1) * (1 - level)) / 2))
  totals(rows, width, sums)
  return values.map((value, index) => {
    const estimate = at(value, worst, 0)
    const low = Math.min(estimate, lows[index]!.toSorted()[rank - 1]!)
    const high = Math.max(estimate, highs[index]!.toSorted()[replicates - rank]!)
    const common = { method: BOUNDED_BOOTSTRAP, level, target, clusters, seed, replicates }
    return annotated({ low, high, ...common }, isConstant[index] ? ['zero_variance'] : [])
  })
}

/**
 * The sums of an ordinary cluster: the mean row, scaled to the mean size of the cluster that contains a unit
 * of size.
 */
function ordinaryCluster({ rows, width, size }: ClusterRows): Float64Array {
  const sums = new Float64Array(width)
  totals(rows, width, sums)
  let squares = 0
  for (let at = size; at < rows.length; at += width) squares += rows[at]! * rows[at]!
  const total = sums[size]!
  // Σs²/Σs in place of Σs/G, in shares of the total.
  const share = total > 0 ? squares / (total * total) : width / rows.length
  return sums.map((sum) => sum * share)
}

/** Σ e_g row_g with independent standard exponentials e_g, two to a word. */
function weightedSums(rows: Float64Array, width: number, random: CounterRandom, sums: Float64Array): void {
  sums.fill(0)
  let word = 0
  for (let at = 0, cluster = 0; at < rows.length; cluster++) {
    if ((cluster & 1) === 0) word = random.uint32()
    else word >>>= 16
    const weight = exponential(word & 0xffff)
    for (let k = 0; k < width; k++, at++) sums[k]! += weight * rows[at]!
  }
}

function totals(rows: Float64Array, width: number, sums: Float64Array): void {
  sums.fill(0)
  for (let at = 0; at < rows.length; at++) sums[at % width]! += rows[at]!
}

let quantiles: Float64Array | null = null

/** The standard exponential's quantile at the middle of the given one of 65,536 equal shares. */
function exponential(share: number): number {
  quantiles ??= Float64Array.from({ length: 65536 }, (_, i) => -log((i + 0.5) / 65536))
  return quantiles[share]!
}

function clustersOf({ rows, width, size }: ClusterRows): number {
  if (!Number.isSafeInteger(width) || width < 1 || rows.length % width !== 0)
    throw new RangeError(`${rows.length} statistics do not make rows of ${width}`)
  if (!(size >= 0 && size < width)) throw new RangeError(`there is no column ${size} in rows of ${width}`)
  return rows.length / width
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`the metric of weighted sums is ${value}`)
  return value
}
