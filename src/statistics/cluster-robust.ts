/**
 * Standard error of the mean over items in clusters.
 * @module
 */
import type { ClusterSums } from './clusters.ts'

/**
 * Cluster-robust standard error of the mean over items, CR1:
 *
 * SE² = G/(G − 1) · Σ_g (Σ_{i∈g} (x_i − x̄))² / n².
 *
 * Source: Miller, "Adding error bars to evals" (arXiv:2411.00640), eq. 4, with the finite-sample factor G/(G
 * − 1) of Cameron & Miller, "A practitioner's guide to cluster-robust inference" (2015). With one item per
 * cluster it is s/√n.
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
