/**
 * The mean over items when items come in clusters.
 * @module
 */
import type { ClusterSums } from './clusters.ts'
import type { Bounds } from './interval.ts'
import { studentTQuantile } from './special-functions.ts'

/** Deviations smaller than this share of the range (or of the largest cluster mean) are rounding, not variance. */
const ROUNDING = 1e-12

/**
 * Cluster-robust standard error of the mean over items, CR1:
 *
 * SE² = G/(G − 1) · Σ_g (Σ_{i∈g} (x_i − x̄))² / n².
 *
 * This is Miller, "Adding error bars to evals" (arXiv:2411.00640), eq. 4, with the finite-sample factor G/(G − 1) of Cameron & Miller, "A
 * practitioner's guide to cluster-robust inference" (2015). With one item a cluster it is s/√n.
 * @returns null with fewer than two clusters.
 */
export function clusterRobustStandardError({ n, clusters, total, sums, sizes }: ClusterSums): number | null {
  if (clusters < 2) return null
  const mean = total / n
  let squares = 0
  for (let g = 0; g < clusters; g++) {
    const deviation = sums[g]! - sizes[g]! * mean
    squares += deviation * deviation
  }
  return Math.sqrt((clusters / (clusters - 1)) * squares) / n
}

/**
 * mean ± t(G − 1) · SE, Student's t by G − 1 degrees of freedom.
 * @returns bounds, not cut to any range; null with fewer than two clusters or when all cluster means are equal, where the
 *   formula would claim certainty.
 */
export function clusterRobustT(grouped: ClusterSums, level: number): Bounds | null {
  const error = clusterRobustStandardError(grouped)
  if (error === null || hasEqualClusterMeans(grouped)) return null
  const mean = grouped.total / grouped.n
  const half = studentTQuantile(0.5 + level / 2, grouped.clusters - 1) * error
  return { low: mean - half, high: mean + half }
}

/** The mean of each cluster. */
export function clusterMeans({ sums, sizes }: ClusterSums): Float64Array {
  return sums.map((sum, g) => sum / sizes[g]!)
}

/** Whether the cluster means differ by no more than rounding. */
export function hasEqualClusterMeans(grouped: ClusterSums): boolean {
  let least = Infinity
  let greatest = -Infinity
  for (const mean of clusterMeans(grouped)) {
    if (mean < least) least = mean
    if (mean > greatest) greatest = mean
  }
  return greatest - least <= ROUNDING * Math.max(Math.abs(least), Math.abs(greatest))
}
