/**
 * Image–text retrieval: ranks over the gallery of the scored items, images as clusters, conditional on that
 * gallery.
 * @module
 */
import type { EmbeddingEntry } from '../../contracts/embedding-block.ts'
import type { Interval, MetricValue, ScorerReport } from '../../contracts/report.ts'
import { median } from '../../metrics/averages.ts'
import { CAPTIONS_PER_IMAGE, imageTextRanks, recallAt, retrievalMetric } from '../../metrics/retrieval.ts'
import { clusterBootstrap } from '../../statistics/cluster-bootstrap.ts'
import { medianOrderStatistic } from '../../statistics/order-statistic.ts'
import { type AggregateInput, scoredRows } from '../aggregate-input.ts'
import type { Comparable } from '../comparable.ts'
import { measureMean, metricValue, type Statistic } from '../statistic.ts'
import { lateRanks } from './late-ranks.ts'
import { Rivals } from './rivals.ts'
import { totalCount } from '../text-counts.ts'
import { unitColumns } from '../unit-columns.ts'
import type { RetrievalSpec } from './spec.ts'

const RECALL_DEPTHS = [1, 5, 10] as const
/** In the order of the report. */
const DIRECTIONS = ['vse++/text-to-image', 'vse++/image-to-text'] as const

type Direction = (typeof DIRECTIONS)[number]

interface RankedQuery {
  /** The item of the query's picture. */
  readonly ordinal: number
  /** Index of the query's caption within the item; absent for a picture. */
  readonly part?: number
  readonly cluster: number
  /** From 0. */
  readonly rank: number
}

function recallStatistic(depth: number, variant: Direction): Statistic {
  return {
    metric: `R@${depth}`,
    variant,
    direction: 'higher_is_better',
    range: [0, 1],
    unit: 'fraction',
    definition: retrievalMetric,
    isListed: depth === 1,
    value: 'from_outputs',
  }
}

function medianRankStatistic(variant: Direction): Statistic {
  return {
    metric: 'median_rank',
    variant,
    direction: 'lower_is_better',
    range: [1, null],
    unit: 'rank',
    definition: retrievalMetric,
    isListed: false,
    value: 'from_outputs',
  }
}

export function retrievalStatistics(): Statistic[] {
  return DIRECTIONS.flatMap((variant) => [
    ...RECALL_DEPTHS.map((depth) => recallStatistic(depth, variant)),
    medianRankStatistic(variant),
  ])
}

/** @throws {RangeError} unless every scored item has its embeddings. */
export function aggregateRetrieval(spec: RetrievalSpec, input: AggregateInput): ScorerReport {
  const scored = scoredRows(input.rows)
  const gallery = galleryOf(input)
  const queries = rankQueries(gallery, input)
  const truncated = totalCount(scored.map(({ stats }) => stats[1]!))
  const unknown = totalCount(scored.map(({ stats }) => stats[2]!))
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'R@1',
    metrics: DIRECTIONS.flatMap((direction) => directionMetrics(spec, input, direction, queries[direction])),
    details: {
      gallery_images: gallery.length,
      gallery_captions: queries['vse++/text-to-image'].length,
      ...(truncated !== null && { truncated_captions: truncated }),
      ...(unknown !== null && unknown > 0 && { captions_with_unknown_tokens: unknown }),
    },
  }
}

/** Recall as one binary value per query, over the gallery of the input's scored items. */
export function compareRetrieval(_spec: RetrievalSpec, input: AggregateInput): Comparable[] {
  const queries = rankQueries(galleryOf(input), input)
  return DIRECTIONS.flatMap((variant) =>
    RECALL_DEPTHS.map((depth): Comparable => {
      const values = queries[variant].map(({ rank, ...unit }) => ({ ...unit, value: rank < depth ? 1 : 0 }))
      return {
        kind: 'mean',
        statistic: recallStatistic(depth, variant),
        data: 'binary',
        range: [0, 1],
        units: unitColumns(values),
      }
    }),
  )
}

/** @throws {RangeError} unless every scored item has its embeddings. */
function galleryOf({ rows, embeddings }: AggregateInput): EmbeddingEntry[] {
  const scored = new Set(scoredRows(rows).map(({ ordinal }) => ordinal))
  const gallery = embeddings.filter(({ ordinal }) => scored.has(ordinal))
  if (gallery.length !== scored.size)
    throw new RangeError(`retrieval: ${gallery.length} embeddings for ${scored.size} scored items`)
  return gallery
}

/** Ranks of all queries, by direction. Passes on the ranks of single items where they are wanted. */
function rankQueries(
  gallery: readonly EmbeddingEntry[],
  { onLateResults, columns }: AggregateInput,
): Readonly<Record<Direction, RankedQuery[]>> {
  const rivals = onLateResults && new Rivals(gallery)
  const ranks = imageTextRanks(
    gallery.map(({ image }) => image),
    gallery.map(({ captions }) => captions),
    CAPTIONS_PER_IMAGE,
    rivals && ((image, similarities) => rivals.see(image, similarities)),
  )
  if (rivals) onLateResults?.(lateRanks(rivals.itemRanks(ranks)))
  const itemOf = (image: number) => {
    const { ordinal } = gallery[image]!
    return { ordinal, cluster: columns.cluster[ordinal]! }
  }
  let before = -1
  let part = 0
  return {
    'vse++/image-to-text': Array.from(ranks.imageToText, (rank, image) => ({ ...itemOf(image), rank })),
    'vse++/text-to-image': Array.from(ranks.textToImage, (rank, caption) => {
      const image = ranks.captionImage[caption]!
      part = image === before ? part + 1 : 0
      before = image
      return { ...itemOf(image), part, rank }
    }),
  }
}

function directionMetrics(
  spec: RetrievalSpec,
  input: AggregateInput,
  variant: Direction,
  queries: readonly RankedQuery[],
): MetricValue[] {
  const ranks = queries.map(({ rank }) => rank)
  const isEmpty = queries.length === 0
  const recalls = RECALL_DEPTHS.map((depth) => {
    const hits = queries.map(({ cluster, rank }) => ({ cluster, value: rank < depth ? 1 : 0 }))
    // Official code rounds in percent.
    const value = isEmpty ? null : recallAt(ranks, depth) / 100
    return measureMean(recallStatistic(depth, variant), input, hits, { range: [0, 1], data: 'binary' }, { value })
  })
  const medianRank = metricValue(medianRankStatistic(variant), input, {
    value: isEmpty ? null : vsePlusPlusMedian(ranks),
    n: queries.length,
    interval: medianInterval(spec, input, variant, queries),
  })
  return [...recalls, medianRank]
}

/** VSE++: floor of the median of ranks counted from 0, plus 1. */
function vsePlusPlusMedian(ranks: ArrayLike<number>): number {
  return Math.floor(median(ranks)) + 1
}

/**
 * The same on a multiset of clusters. It counts ranks instead of sorting them, since a bootstrap asks
 * thousands of times.
 */
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

/** Order statistics where each cluster has one query. Otherwise images are resampled with their captions. */
function medianInterval(
  spec: RetrievalSpec,
  input: AggregateInput,
  variant: Direction,
  queries: readonly RankedQuery[],
): Interval | null {
  const byCluster = Map.groupBy(queries, ({ cluster }) => cluster)
  if (byCluster.size === queries.length)
    return medianOrderStatistic(
      queries.map(({ rank }) => rank + 1),
      { level: input.level, target: 'population' },
    )
  const clusters = [...byCluster.keys()]
    .toSorted((a, b) => a - b)
    .map((cluster) => byCluster.get(cluster)!.map(({ rank }) => rank))
  return clusterBootstrap({
    clusters: clusters.length,
    statistic: clusterMedian(clusters),
    level: input.level,
    target: 'population',
    seed: input.seed,
    key: `${spec.name}/${variant}/median_rank`,
  })
}
