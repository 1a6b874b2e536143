/**
 * How well each caption of an item fits its picture.
 * @module
 */
import type { EmbeddedText, EmbeddingsOutput } from '../../contracts/model.ts'
import { clipScoreOf, type ClipScoreVariant } from '../../metrics/clipscore.ts'
import { cosine } from '../../metrics/vectors.ts'
import type { ItemScore } from '../scorer.ts'
import { countTexts } from '../text-counts.ts'
import type { ImageTextSimilaritySpec } from './spec.ts'

/** One picture against one text. */
interface PairScore {
  readonly cosine: number
  readonly score: number
}

/** Scores one pair of embeddings. */
function scorePair(image: Float32Array, text: EmbeddedText, variant: ClipScoreVariant): PairScore {
  const value = cosine(image, text.vector)
  return { cosine: value, score: clipScoreOf(value, variant) }
}

/** Sums over the item's captions: the report's value is the mean over pairs, with images as clusters. */
export const COLUMNS = ['pairs', 'score_sum', 'cosine_sum', 'truncated_captions', 'unknown_captions'] as const

export function scorePairs({ variant }: ImageTextSimilaritySpec, { image, texts }: EmbeddingsOutput): ItemScore {
  const pairs = texts.map((text) => scorePair(image, text, variant))
  const sum = (of: (pair: PairScore) => number) => pairs.reduce((total, pair) => total + of(pair), 0)
  const scoreSum = sum(({ score }) => score)
  const truncated = countTexts(texts, (text) => text.truncated)
  const unknown = countTexts(texts, ({ unknownTokens }) => (unknownTokens === null ? null : unknownTokens > 0))
  return {
    status: 'scored',
    stats: [pairs.length, scoreSum, sum(({ cosine: value }) => value), truncated, unknown],
    score: scoreSum / pairs.length,
    details: { pairs: pairs.map(({ score }) => score), truncated, unknown },
  }
}
