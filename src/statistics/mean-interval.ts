/**
 * Interval of a mean, by kind of data (docs/statistics.md, "Which method").
 * @module
 */
import { boundedMeanInterval, boundedProportionInterval, unseenItems } from './bounded-mean.ts'
import { groupByCluster, hasEqualClusterMeans } from './clusters.ts'
import type { ClusteredValue, Observations } from './clusters.ts'
import { annotated, meanNotes, requireLevel } from './interval.ts'
import type { Interval, IntervalTarget, ValueRange } from './interval.ts'

/** Wire name of the intervals of `bounded-mean.ts` and `bounded-corpus.ts`. */
export const BOUNDED_BOOTSTRAP = 'bounded-bayesian-bootstrap'

export interface MeanIntervalOptions {
  /**
   * - `binary`: every value is 0 or 1;
   * - `bounded`: values reach the ends of their range, so an unseen cluster may lie there;
   * - `inner`: no value reaches the ends in practice (a cosine), so an unseen cluster lies within the
   *   observed values.
   */
  readonly kind: 'binary' | 'bounded' | 'inner'
  /** Least and greatest possible value. A null end is treated as for `inner`. */
  readonly range: ValueRange
  readonly level: number
  readonly target: IntervalTarget
  /** `differences` of two systems on the same items. Changes the size of the unseen cluster. */
  readonly of?: 'values' | 'differences'
}

/**
 * Interval for the mean over items: {@link boundedMeanInterval} on the clusters, or its closed form for
 * right-or-wrong values with one item per cluster. Notes: `too_few_samples`, `few_effective_clusters`,
 * `near_degenerate`, `zero_variance`.
 * @param observations in ordinal order, which fixes every rounding.
 * @returns null without observations, or if a sample without variance has an unbounded range.
 * @throws {RangeError} for a value outside the range, or a `binary` value other than 0 and 1.
 */
export function meanInterval(observations: Observations<ClusteredValue>, options: MeanIntervalOptions): Interval | null {
  const { kind, level, target, of = 'values' } = options
  requireLevel(level)
  requireWithinRange(observations, options)
  if (observations.length === 0) return null
  const grouped = groupByCluster(observations)
  const ends = unseenEnds(observations, options, hasEqualClusterMeans(grouped))
  if (ends === null) return null
  const bounds =
    kind === 'binary' && grouped.clusters === grouped.n
      ? boundedProportionInterval(grouped.total, grouped.n, level)
      : boundedMeanInterval(grouped, { ends, unseen: unseenItems(grouped, of) }, level)
  const method = BOUNDED_BOOTSTRAP
  return annotated({ ...bounds!, method, level, target, clusters: grouped.clusters }, meanNotes(grouped, ends))
}

/** Least and greatest value of an unseen cluster. null if neither the range nor the values give two ends. */
export function unseenEnds(
  observations: Observations<ClusteredValue>,
  { kind, range }: Pick<MeanIntervalOptions, 'kind' | 'range'>,
  isConstant: boolean,
): readonly [number, number] | null {
  const [least, greatest] = range
  // Values without variance give no bound for an unseen one.
  if (least !== null && greatest !== null && (kind !== 'inner' || isConstant)) return [least, greatest]
  if (isConstant) return null
  let lowest = Infinity
  let highest = -Infinity
  for (const { value } of observations) {
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  return [kind === 'inner' ? lowest : (least ?? lowest), kind === 'inner' ? highest : (greatest ?? highest)]
}

function requireWithinRange(observations: Observations<ClusteredValue>, { kind, range }: MeanIntervalOptions): void {
  const least = range[0] ?? -Infinity
  const greatest = range[1] ?? Infinity
  for (const { cluster, value } of observations) {
    if (!(value >= least && value <= greatest))
      throw new RangeError(`a value of cluster ${cluster} is ${value}, outside [${least}, ${greatest}]`)
    if (kind === 'binary' && value !== 0 && value !== 1)
      throw new RangeError(`a value of cluster ${cluster} is ${value}, neither 0 nor 1`)
  }
}
