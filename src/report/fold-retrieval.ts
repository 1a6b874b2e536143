/**
 * Image–text retrieval: ranks over the gallery of the scored items, images as clusters, conditional on that gallery.
 * @module
 */
import type { RetrievalCriterion } from '../contracts/criterion.ts'
import type { CriterionReport, Interval, MetricValue } from '../contracts/report.ts'
import { imageTextRanks, median, recallAt } from '../metrics/retrieval.ts'
import { clusterBootstrap } from '../statistics/cluster-bootstrap.ts'
import type { ClusteredValue } from '../statistics/clusters.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import { medianOrderStatistic } from '../statistics/order-statistic.ts'
import { countRows, type FoldInput, scoredRows } from './fold-input.ts'

const RECALL_DEPTHS = [1, 5, 10] as const

interface RankedQuery {
  readonly cluster: number
  /** From 0. */
  readonly rank: number
}

export function foldRetrieval(spec: RetrievalCriterion, input: FoldInput): CriterionReport {
  const scored = new Map(scoredRows(input.rows).map((row) => [row.ordinal, row]))
  const gallery = input.embeddings.filter(({ ordinal }) => scored.has(ordinal))
  if (gallery.length !== scored.size)
    throw new RangeError(`retrieval: ${gallery.length} embeddings for ${scored.size} scored items`)
  const clusterOf = gallery.map(({ ordinal }) => scored.get(ordinal)!.cluster)
  const ranks = imageTextRanks(
    gallery.map(({ image }) => image),
    gallery.map(({ captions }) => captions),
  )
  const imageQueries = Array.from(ranks.imageToText, (rank, image) => ({ cluster: clusterOf[image]!, rank }))
  const captionQueries = Array.from(ranks.textToImage, (rank, caption) => ({
    cluster: clusterOf[ranks.captionImage[caption]!]!,
    rank,
  }))
  const metrics = [
    ...directionMetrics(spec, input, 'vse++/text-to-image', captionQueries),
    ...directionMetrics(spec, input, 'vse++/image-to-text', imageQueries),
  ]
  let truncated = 0
  for (const { stats } of scored.values()) truncated += stats[1]!
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'R@1',
    metrics,
    details: { gallery_images: gallery.length, gallery_captions: captionQueries.length, truncated_captions: truncated },
  }
}

function directionMetrics(
  spec: RetrievalCriterion,
  input: FoldInput,
  variant: string,
  queries: readonly RankedQuery[],
): MetricValue[] {
  const ranks = queries.map(({ rank }) => rank)
  const counts = countRows(input)
  const common = { variant, n: queries.length, ...counts }
  const recalls = RECALL_DEPTHS.map((depth): MetricValue => {
    const hits: ClusteredValue[] = queries.map(({ cluster, rank }) => ({ cluster, value: rank < depth ? 1 : 0 }))
    return {
      metric: `R@${depth}`,
      ...common,
      direction: 'higher_is_better',
      range: [0, 1],
      unit: 'fraction',
      value: queries.length === 0 ? null : recallAt(ranks, depth) / 100,
      interval: meanInterval(hits, { kind: 'binary', range: [0, 1], level: input.level, target: 'population' }),
    }
  })
  const medianRank: MetricValue = {
    metric: 'median_rank',
    ...common,
    direction: 'lower_is_better',
    range: [1, null],
    unit: 'rank',
    value: queries.length === 0 ? null : vsePlusPlusMedian(ranks),
    interval: medianInterval(spec, input, variant, queries),
  }
  return [...recalls, medianRank]
}

/** VSE++: floor of the median of ranks counted from 0, plus 1. */
function vsePlusPlusMedian(ranks: ArrayLike<number>): number {
  return Math.floor(median(ranks)) + 1
}

/** The same on a multiset of clusters, by counting ranks instead of sorting them: a bootstrap asks thousands of times. */
function clusterMedian(clusters: readonly (readonly number[])[]): (indices: Uint32Array) => number {
  const counts = new Uint32Array(clusters.flat().reduce((most, rank) => Math.max(most, rank), 0) + 1)
  return (indices) => {
    counts.fill(0)
    let n = 0
    for (const index of indices) {
      for (const rank of clusters[index]!) counts[rank]! += 1
      n += clusters[index]!.length
    }
    const rankAt = (position: number) => {
      let rank = 0
      for (let below = counts[0]!; below <= position; below += counts[rank]!) rank += 1
      return rank
    }
    return Math.floor((rankAt((n - 1) >> 1) + rankAt(n >> 1)) / 2) + 1
  }
}

/** One query a cluster: order statistics. Several (the captions of an image): resample images. */
function medianInterval(
  spec: RetrievalCriterion,
  input: FoldInput,
  variant: string,
  queries: readonly RankedQuery[],
): Interval | null {
  const byCluster = new Map<number, number[]>()
  for (const { cluster, rank } of queries) byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), rank])
  if (byCluster.size === queries.length)
    return medianOrderStatistic(
      queries.map(({ rank }) => rank + 1),
      { level: input.level, target: 'population' },
    )
  const clusters = [...byCluster.keys()].toSorted((a, b) => a - b).map((cluster) => byCluster.get(cluster)!)
  return clusterBootstrap({
    clusters: clusters.length,
    statistic: clusterMedian(clusters),
    level: input.level,
    target: 'population',
    seed: input.seed,
    key: `${spec.name}/${variant}/median_rank`,
  })
}
