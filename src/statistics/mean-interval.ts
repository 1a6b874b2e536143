/**
 * The one door to the interval of a mean, by kind of data as DESIGN.md section 4 fixes it.
 * @module
 */
import { bettingInterval } from './betting.ts'
import { wilson } from './binomial-intervals.ts'
import { clusterMeans, clusterRobustT } from './cluster-robust.ts'
import { groupByCluster } from './clusters.ts'
import type { ClusterSums, ClusteredValue } from './clusters.ts'
import { annotated, clip, requireLevel } from './interval.ts'
import type { Interval, IntervalTarget, ValueRange } from './interval.ts'

export interface MeanIntervalOptions {
  /** `binary`: every value is 0 or 1. */
  readonly kind: 'binary' | 'bounded'
  /** Least and greatest possible value; a null end is not cut, and leaves a sample without variance without an interval. */
  readonly range: ValueRange
  readonly level: number
  readonly target: IntervalTarget
}

/**
 * Interval for the mean over items.
 *
 * - binary, one item a cluster: Wilson;
 * - anything else: cluster-robust t by G − 1 degrees of freedom, cut to the range;
 * - cluster means that do not vary (one cluster included): betting interval on them, noted `zero_variance`.
 *
 * Fewer than 30 clusters: noted `too_few_samples`.
 * @param observations in ordinal order, which fixes every rounding.
 * @returns null for no observations, and where only the (unbounded) range could give an interval.
 * @throws {RangeError} for a value outside the range, or not 0 or 1 where `binary`.
 */
export function meanInterval(observations: readonly ClusteredValue[], options: MeanIntervalOptions): Interval | null {
  const { kind, range, level, target } = options
  requireLevel(level)
  requireWithinRange(observations, options)
  if (observations.length === 0) return null
  const grouped = groupByCluster(observations)
  const common = { level, target, clusters: grouped.clusters }
  if (kind === 'binary' && grouped.clusters === grouped.n)
    return annotated({ ...wilson(grouped.total, grouped.n, level)!, method: 'wilson', ...common })
  const bounds = clusterRobustT(grouped, level)
  if (bounds !== null) return annotated({ ...clip(bounds, range), method: 'cluster-robust-t', ...common })
  const fallback = bettingOnClusterMeans(grouped, range, level)
  return fallback && annotated({ ...fallback, method: 'betting', ...common }, grouped.clusters > 1 ? ['zero_variance'] : [])
}

function bettingOnClusterMeans(grouped: ClusterSums, [least, greatest]: ValueRange, level: number) {
  if (least === null || greatest === null) return null
  const means = clusterMeans(grouped).map((mean) => Math.min(greatest, Math.max(least, mean)))
  return bettingInterval(means, [least, greatest], level)
}

function requireWithinRange(observations: readonly ClusteredValue[], { kind, range }: MeanIntervalOptions): void {
  const least = range[0] ?? -Infinity
  const greatest = range[1] ?? Infinity
  for (const { cluster, value } of observations) {
    if (!(value >= least && value <= greatest))
      throw new RangeError(`a value of cluster ${cluster} is ${value}, outside [${least}, ${greatest}]`)
    if (kind === 'binary' && value !== 0 && value !== 1)
      throw new RangeError(`a value of cluster ${cluster} is ${value}, neither 0 nor 1`)
  }
}
