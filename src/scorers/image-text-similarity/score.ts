/**
 * How well each caption of an item fits its picture.
 * @module
 */
import type { ImageTextSimilarityCriterion } from '../../contracts/scorer-spec.ts'
import { clipScoreOf, type ClipScoreVariant } from '../../metrics/clipscore.ts'
import { cosine } from '../../metrics/vectors.ts'
import type { TextEmbedding } from '../../contracts/model.ts'
import type { Criterion } from '../registry.ts'

/** One picture against one text. */
export interface PairScore {
  readonly cosine: number
  readonly score: number
}

/** Scores one pair of embeddings. The one place from which `/v1/score`, graders and runs take this number. */
export function scorePair(image: Float32Array, text: TextEmbedding, variant: ClipScoreVariant): PairScore {
  const value = cosine(image, text.vector)
  return { cosine: value, score: clipScoreOf(value, variant) }
}

export const imageTextSimilarity: Criterion<ImageTextSimilarityCriterion> = {
  type: 'image_text_similarity',
  tasks: ['retrieval'],
  needs: ['image_embedding', 'text_embeddings'],
  /** Sums over the item's captions; the report's value is the mean over pairs, its clusters are images. */
  columns: ['pairs', 'score_sum', 'cosine_sum', 'truncated_captions', 'unknown_captions'],
  columnsBefore: 4,
  mergeNeeds: null,
  meanColumn: null,
  passes: (spec, [pairs, scoreSum]) => scoreSum! / pairs! >= spec.pass_threshold,
  score(spec, _item, observation) {
    const pairs = observation.textEmbeddings!.map((text) => scorePair(observation.imageEmbedding!, text, spec.variant))
    const sum = (of: (pair: PairScore) => number) => pairs.reduce((total, pair) => total + of(pair), 0)
    const scoreSum = sum(({ score }) => score)
    const truncated = observation.textEmbeddings!.filter((text) => text.truncated).length
    const unknown = observation.textEmbeddings!.filter((text) => text.unknownTokens > 0).length
    const mean = scoreSum / pairs.length
    return {
      status: 'scored',
      stats: [pairs.length, scoreSum, sum(({ cosine }) => cosine), truncated, unknown],
      score: mean,
      passed: mean >= spec.pass_threshold,
      details: { pairs: pairs.map(({ score }) => score), truncated, unknown },
    }
  },
}
