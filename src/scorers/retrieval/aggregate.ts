/**
 * Image–text retrieval: ranks over the gallery of the scored items, images as clusters, conditional on that gallery.
 * @module
 */
import type { RetrievalCriterion } from '../../contracts/scorer-spec.ts'
import type { EmbeddingEntry } from '../../contracts/embedding-block.ts'
import type { ScorerReport, Interval, MetricValue } from '../../contracts/report.ts'
import { CAPTIONS_PER_IMAGE, type ImageTextRanks, imageTextRanks, median, recallAt } from '../../metrics/retrieval.ts'
import { clusterBootstrap } from '../../statistics/cluster-bootstrap.ts'
import type { ClusteredValue } from '../../statistics/clusters.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { medianOrderStatistic } from '../../statistics/order-statistic.ts'
import { countRows, type AggregateInput, scoredRows } from '../aggregate-input.ts'
import type { ItemRanks } from './item-ranks.ts'

const RECALL_DEPTHS = [1, 5, 10] as const

interface RankedQuery {
  readonly cluster: number
  /** From 0. */
  readonly rank: number
}

export function aggregateRetrieval(spec: RetrievalCriterion, input: AggregateInput): ScorerReport {
  const scored = new Map(scoredRows(input.rows).map((row) => [row.ordinal, row]))
  const gallery = input.embeddings.filter(({ ordinal }) => scored.has(ordinal))
  if (gallery.length !== scored.size)
    throw new RangeError(`retrieval: ${gallery.length} embeddings for ${scored.size} scored items`)
  const clusterOf = gallery.map(({ ordinal }) => scored.get(ordinal)!.cluster)
  const rivals = input.onItemRanks && new Rivals(gallery)
  const ranks = imageTextRanks(
    gallery.map(({ image }) => image),
    gallery.map(({ captions }) => captions),
    CAPTIONS_PER_IMAGE,
    rivals && ((image, similarities) => rivals.see(image, similarities)),
  )
  if (rivals) input.onItemRanks?.(rivals.itemRanks(ranks))
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
  let unknown = 0
  for (const { stats } of scored.values()) {
    truncated += stats[1]!
    unknown += stats[2]!
  }
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'R@1',
    metrics,
    details: {
      gallery_images: gallery.length,
      gallery_captions: captionQueries.length,
      truncated_captions: truncated,
      ...(unknown > 0 && { captions_with_unknown_tokens: unknown }),
    },
  }
}

/** The best wrong answer to each query; of equal ones the first. */
class Rivals {
  readonly #ordinals: readonly number[]
  /** The first caption of each image among all captions; one more at the end. */
  readonly #firstCaption: Int32Array
  readonly #captionImage: Int32Array
  readonly #ofImage: Int32Array
  readonly #ofCaption: Int32Array
  readonly #best: Float64Array

  constructor(gallery: readonly EmbeddingEntry[]) {
    this.#ordinals = gallery.map(({ ordinal }) => ordinal)
    const counts = gallery.map(({ captions }) => Math.min(captions.length, CAPTIONS_PER_IMAGE))
    this.#firstCaption = Int32Array.of(0, ...counts)
    for (let image = 0; image < counts.length; image++) this.#firstCaption[image + 1]! += this.#firstCaption[image]!
    this.#captionImage = Int32Array.from(counts.flatMap((count, image) => Array.from({ length: count }, () => image)))
    this.#ofImage = new Int32Array(counts.length).fill(-1)
    this.#ofCaption = new Int32Array(this.#captionImage.length).fill(-1)
    this.#best = new Float64Array(this.#captionImage.length)
  }

  /** @param similarities - of one image with all captions. */
  see(image: number, similarities: Float64Array): void {
    let best = -1
    for (let caption = 0; caption < similarities.length; caption++) {
      if (this.#captionImage[caption] === image) continue
      const similarity = similarities[caption]!
      if (best < 0 || similarity > similarities[best]!) best = caption
      if (this.#ofCaption[caption]! >= 0 && similarity <= this.#best[caption]!) continue
      this.#ofCaption[caption] = image
      this.#best[caption] = similarity
    }
    this.#ofImage[image] = best
  }

  itemRanks({ imageToText, textToImage }: ImageTextRanks): ItemRanks[] {
    return this.#ordinals.map((ordinal, image) => {
      const rival = this.#ofImage[image]!
      const [first, end] = [this.#firstCaption[image]!, this.#firstCaption[image + 1]!]
      return {
        ordinal,
        image: {
          rank: imageToText[image]! + 1,
          rival:
            rival < 0
              ? null
              : ([this.#ordinals[this.#captionImage[rival]!]!, rival - this.#firstCaption[this.#captionImage[rival]!]!] as const),
        },
        captions: Array.from({ length: end - first }, (_, index) => {
          const other = this.#ofCaption[first + index]!
          return { rank: textToImage[first + index]! + 1, rival: other < 0 ? null : this.#ordinals[other]! }
        }),
      }
    })
  }
}

function directionMetrics(
  spec: RetrievalCriterion,
  input: AggregateInput,
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
  input: AggregateInput,
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
