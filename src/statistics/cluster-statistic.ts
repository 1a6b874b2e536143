/**
 * What a resampling method needs to know of a metric: its value on any multiset of clusters.
 * @module
 */

export interface ClusterStatistic {
  /** Number of clusters, G. Cluster i is the i-th by ascending cluster id; the caller sorts. */
  readonly clusters: number
  /** The value on the clusters at `indices`, each in [0, G), repeats counted. `indices` is reused: not to be kept. */
  readonly statistic: (indices: Uint32Array) => number
  /** The value without one cluster, where that is cheaper than `statistic` on the other G − 1. */
  readonly leaveOneOut?: (omitted: number) => number
}

/**
 * A metric that is a function of summed sufficient statistics (a mean: sum and count; BLEU: matches, totals, lengths).
 * @param rows cluster by cluster, `width` Float64 each: the sums over the cluster's items.
 * @param width statistics a cluster.
 * @param value the metric from `width` sums (`sums` is reused: not to be kept).
 * @throws {RangeError} when `rows` is not a multiple of `width`.
 */
export function statisticOfSums(rows: Float64Array, width: number, value: (sums: Float64Array) => number): ClusterStatistic {
  if (!Number.isSafeInteger(width) || width < 1 || rows.length % width !== 0)
    throw new RangeError(`${rows.length} statistics do not make rows of ${width}`)
  const clusters = rows.length / width
  const sums = new Float64Array(width)
  const total = new Float64Array(width)
  for (let at = 0; at < rows.length; at++) total[at % width]! += rows[at]!
  return {
    clusters,
    statistic(indices) {
      sums.fill(0)
      for (let i = 0; i < indices.length; i++) {
        const start = indices[i]! * width
        for (let k = 0; k < width; k++) sums[k]! += rows[start + k]!
      }
      return value(sums)
    },
    leaveOneOut(omitted) {
      for (let k = 0; k < width; k++) sums[k] = total[k]! - rows[omitted * width + k]!
      return value(sums)
    },
  }
}
