/**
 * Grouped (delete-a-group) jackknife, for statistics that resampling with replacement distorts. Mean average
 * precision over a fixed list of classes falls whenever a resample misses a class, so its bootstrap lies
 * below the estimate.
 * @module
 */
import { annotated, clip, type Interval, type IntervalTarget, requireLevel, type ValueRange } from './interval.ts'
import { studentTQuantile } from './special-functions.ts'

/** More groups cost time and gain nothing. */
const JACKKNIFE_GROUPS = 100

/**
 * The jackknife assumes a bias that falls as 1/n. For mean average precision it falls more slowly: half of it
 * shows.
 */
const BIAS_ALLOWANCE = 2
/** A larger bias, in standard errors, is noted. */
const NOTED_BIAS = 0.25

/**
 * estimate ± t(K − 1) · SE with SE² = (K − 1)/K · Σ_k (θ₍ₖ₎ − θ̄)², θ₍ₖ₎ the statistic without group k. The
 * end on the side of the estimated bias (K − 1)(θ̄ − θ) moves out by twice the bias; both ends are cut to the
 * range. A bias above a quarter of SE is noted `biased_statistic`: mean average precision counts only classes
 * in the sample, so it is too high in small samples.
 *
 * Cluster i, by ascending cluster id, is in group i mod K, K = min(G, 100). Source: Kott, "The delete-a-group
 * jackknife", Journal of Official Statistics 17 (2001); Shao & Tu, "The Jackknife and Bootstrap" (1995),
 * section 2.2.
 * @param without - the statistic of the clusters outside the given group; `groupOf(i)` is i mod K.
 * @returns null with fewer than two clusters, if the estimate or a replicate is not finite, or if no
 *   replicate differs: then the formula would claim certainty.
 */
export function groupedJackknifeT(
  estimate: number,
  clusters: number,
  without: (group: number, groups: number) => number,
  { range, level, target }: { readonly range: ValueRange; readonly level: number; readonly target: IntervalTarget },
): Interval | null {
  requireLevel(level)
  if (clusters < 2 || !Number.isFinite(estimate)) return null
  const groups = Math.min(clusters, JACKKNIFE_GROUPS)
  const replicates = Float64Array.from({ length: groups }, (_, group) => without(group, groups))
  let sum = 0
  for (const replicate of replicates) sum += replicate
  let squares = 0
  for (const replicate of replicates) squares += (replicate - sum / groups) ** 2
  if (!Number.isFinite(squares) || squares === 0) return null
  const error = Math.sqrt(((groups - 1) / groups) * squares)
  const half = studentTQuantile(0.5 + level / 2, groups - 1) * error
  const bias = (groups - 1) * (sum / groups - estimate)
  const low = estimate - half - BIAS_ALLOWANCE * Math.max(0, bias)
  const high = estimate + half + BIAS_ALLOWANCE * Math.max(0, -bias)
  const notes = Math.abs(bias) > NOTED_BIAS * error ? (['biased_statistic'] as const) : []
  const method = 'grouped-jackknife-t-with-bias'
  return annotated({ ...clip({ low, high }, range), method, level, target, clusters, replicates: groups }, notes)
}
