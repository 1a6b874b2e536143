/**
 * Observations grouped by cluster (e.g. the questions about one image), in an order independent of the shard
 * layout.
 * @module
 */

/** A list that is read from its start to its end, such as an array. */
export interface Observations<Value> extends Iterable<Value> {
  readonly length: number
}

export interface ClusteredValue {
  /** Rank of the cluster id in the dataset, as in `SampleRow.cluster`. */
  readonly cluster: number
  readonly value: number
}

/** Sums by cluster, clusters ascending. */
export interface ClusterSums {
  /** Number of observations. */
  readonly n: number
  /** Number of clusters, G. */
  readonly clusters: number
  /** Sum over all observations, in the given order. */
  readonly total: number
  /** Sum of the values of each cluster, in the given order; length G. */
  readonly sums: Float64Array
  /** Number of observations of each cluster, ≥ 1; length G. */
  readonly sizes: Float64Array
}

/**
 * Groups observations given in ordinal order.
 * @throws {RangeError} for a value that is not finite.
 */
export function groupByCluster(observations: Observations<ClusteredValue>): ClusterSums {
  const slots = new Map<number, number>()
  const sums: number[] = []
  const sizes: number[] = []
  let total = 0
  for (const { cluster, value } of observations) {
    if (!Number.isFinite(value)) throw new RangeError(`an observation of cluster ${cluster} is ${value}`)
    let slot = slots.get(cluster)
    if (slot === undefined) {
      slot = sums.length
      slots.set(cluster, slot)
      sums.push(0)
      sizes.push(0)
    }
    sums[slot]! += value
    sizes[slot]!++
    total += value
  }
  const order = Float64Array.from(slots.keys()).toSorted()
  return {
    n: observations.length,
    clusters: order.length,
    total,
    sums: Float64Array.from(order, (cluster) => sums[slots.get(cluster)!]!),
    sizes: Float64Array.from(order, (cluster) => sizes[slots.get(cluster)!]!),
  }
}

/** Deviations below this share of the largest cluster mean are rounding, not variance. */
const ROUNDING = 1e-12

/** Whether the cluster means differ by no more than rounding. */
export function hasEqualClusterMeans({ sums, sizes, clusters }: ClusterSums): boolean {
  let least = Infinity
  let greatest = -Infinity
  for (let g = 0; g < clusters; g++) {
    const mean = sums[g]! / sizes[g]!
    if (mean < least) least = mean
    if (mean > greatest) greatest = mean
  }
  return !(greatest - least > ROUNDING * Math.max(Math.abs(least), Math.abs(greatest)))
}

/** (Σn)²/Σn²: the number of clusters of equal size that would carry the mean equally well. */
export function effectiveClusters({ n, sizes }: Pick<ClusterSums, 'n' | 'sizes'>): number {
  let squares = 0
  for (const size of sizes) squares += size * size
  return (n * n) / squares
}

/**
 * Number of clusters whose mean differs from the most frequent mean.
 * @param width the range of the values; means within 1e-9 of it are equal.
 */
export function clustersOffMode({ sums, sizes, clusters }: ClusterSums, width: number): number {
  const counts = new Map<number, number>()
  let most = 0
  for (let g = 0; g < clusters; g++) {
    const key = Math.round(((sums[g]! / sizes[g]!) * 1e9) / width)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (count > most) most = count
  }
  return clusters - most
}
