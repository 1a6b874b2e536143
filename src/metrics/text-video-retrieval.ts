/**
 * Text–video retrieval under two official protocols with different numbers for the same embeddings.
 *
 * `clip4clip` (Luo et al., 2021; ArrowLuo/CLIP4Clip `metrics.py`): text-to-video ranks the own video per
 * sentence, with the *lower* middle as median; video-to-text takes the maximum over a video's sentences, then
 * ranks videos, and counts a tied row once per tied column. `collaborative-experts` (Liu et al., BMVC 2019;
 * albanie/collaborative-experts `metric.py`): tied ranks are averaged; video-to-text is the best rank of any
 * own sentence among all sentences.
 * @module
 */
import { exp, log } from '../statistics/elementary.ts'
import { crossModalCounts, countsOfRow } from './cross-modal-ranks.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { mean, median } from './averages.ts'
import { recallAt } from './retrieval.ts'
import { rowsOf, type Vector } from './vectors.ts'

export const textVideoRetrievalMetric: MetricDescriptor = {
  name: 'text_video_retrieval',
  variants: ['clip4clip', 'collaborative-experts'],
  direction: 'higher_is_better',
  range: [0, 100],
  unit: 'percent',
  source: {
    paper: 'Luo et al., 2021 (CLIP4Clip); Liu et al., BMVC 2019',
    code: 'ArrowLuo/CLIP4Clip metrics.py; albanie/collaborative-experts model/metric.py',
  },
}

export interface Clip4ClipSummary {
  readonly t2v: { R1: number; R5: number; R10: number; MedianR: number; MeanR: number; Std_Rank: number; n: number }
  readonly v2t: { R1: number; R5: number; R10: number; MR: number; MedianR: number; MeanR: number }
  /** 0-based rank of the own video, one per sentence, video by video. */
  readonly t2v_ranks: Int32Array
}

/**
 * @param videos - one vector of unit length per video.
 * @param captions - one list of sentence vectors per video.
 */
export function clip4clipRetrieval(videos: readonly Vector[], captions: readonly (readonly Vector[])[]): Clip4ClipSummary {
  const { owner, texts } = flatten(videos, captions)
  const groupBest = new Float64Array(videos.length)
  const columns: number[] = []
  const { textToVisual } = crossModalCounts(rowsOf(videos), rowsOf(texts), owner, (video, similarities) => {
    groupBest.fill(-Infinity)
    for (let sentence = 0; sentence < similarities.length; sentence++) {
      const group = owner[sentence]!
      if (similarities[sentence]! > groupBest[group]!) groupBest[group] = similarities[sentence]!
    }
    columns.push(...clip4clipColumns(groupBest, video))
  })
  const ranks = textToVisual.greater.map((greater, sentence) => greater + textToVisual.tiedBefore[sentence]!)
  const sorted = ranks.toSorted()
  const average = mean(ranks)
  return {
    t2v: {
      R1: recallAt(ranks, 1),
      R5: recallAt(ranks, 5),
      R10: recallAt(ranks, 10),
      MedianR: sorted[(sorted.length - 1) >> 1]! + 1,
      MeanR: average + 1,
      Std_Rank: Math.sqrt(mean(Float64Array.from(ranks, (rank) => (rank - average) ** 2))),
      n: ranks.length,
    },
    v2t: clip4clipMetrics(columns),
    t2v_ranks: ranks,
  }
}

/** Every 0-based column of the sorted row that ties with the match: several for a tied row. @internal */
export function clip4clipColumns(similarities: ArrayLike<number>, match: number): number[] {
  const { greater, tiedBefore, tiedAfter } = countsOfRow(similarities, match)
  return Array.from({ length: tiedBefore + tiedAfter + 1 }, (_, tied) => greater + tied)
}

/** CLIP4Clip's `compute_metrics` over the columns of all rows. @internal */
export function clip4clipMetrics(columns: readonly number[]): Clip4ClipSummary['v2t'] {
  const middle = median(columns) + 1
  return {
    R1: recallAt(columns, 1),
    R5: recallAt(columns, 5),
    R10: recallAt(columns, 10),
    MR: middle,
    MedianR: middle,
    MeanR: mean(columns) + 1,
  }
}

export interface CollaborativeExpertsDirection {
  readonly R1: number
  readonly R5: number
  readonly R10: number
  readonly R50: number
  readonly MedR: number
  readonly MeanR: number
  readonly 'geometric_mean_R1-R5-R10': number
}

/**
 * @param videos - one vector of unit length per video.
 * @param captions - one list of sentence vectors per video.
 */
export function collaborativeExpertsRetrieval(
  videos: readonly Vector[],
  captions: readonly (readonly Vector[])[],
): { t2v: CollaborativeExpertsDirection; v2t: CollaborativeExpertsDirection; t2v_ranks: Float64Array; v2t_ranks: Float64Array } {
  const { owner, texts } = flatten(videos, captions)
  const counts = crossModalCounts(rowsOf(videos), rowsOf(texts), owner)
  const [t2v_ranks, v2t_ranks] = [counts.textToVisual, counts.visualToText].map(({ greater, tiedBefore, tiedAfter }) =>
    Float64Array.from(greater, (count, query) => count + (tiedBefore[query]! + tiedAfter[query]!) / 2),
  ) as [Float64Array, Float64Array]
  return { t2v: collaborativeExpertsMetrics(t2v_ranks), v2t: collaborativeExpertsMetrics(v2t_ranks), t2v_ranks, v2t_ranks }
}

/** 0-based rank of entry `match` in one row of similarities, averaged over ties. @internal */
export function averagedRank(similarities: ArrayLike<number>, match: number): number {
  const { greater, tiedBefore, tiedAfter } = countsOfRow(similarities, match)
  return greater + (tiedBefore + tiedAfter) / 2
}

/**
 * collaborative-experts' `cols2metrics`. R1 counts ranks of exactly 0, so a tied best (rank .5) is not a hit.
 * @internal
 */
export function collaborativeExpertsMetrics(ranks: ArrayLike<number>): CollaborativeExpertsDirection {
  const [R1, R5, R10] = [recallAt(ranks, Number.MIN_VALUE), recallAt(ranks, 5), recallAt(ranks, 10)]
  return {
    R1,
    R5,
    R10,
    R50: recallAt(ranks, 50),
    MedR: median(ranks) + 1,
    MeanR: mean(ranks) + 1,
    'geometric_mean_R1-R5-R10': exp((log(R1) + log(R5) + log(R10)) / 3),
  }
}

function flatten(videos: readonly Vector[], captions: readonly (readonly Vector[])[]): { owner: Int32Array; texts: Vector[] } {
  if (videos.length !== captions.length) throw new RangeError(`${videos.length} videos, but captions of ${captions.length}`)
  return { owner: Int32Array.from(captions.flatMap((own, video) => own.map(() => video))), texts: captions.flat() }
}
