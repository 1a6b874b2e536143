/**
 * Retrieval has no score per item before the merge: ranks exist only in the whole gallery.
 * @module
 */
import type { EmbeddingsOutput } from '../../contracts/model.ts'
import { CAPTIONS_PER_IMAGE } from '../../metrics/retrieval.ts'
import type { ItemScore } from '../scorer.ts'
import { countTexts } from '../text-counts.ts'

export const COLUMNS = ['captions', 'truncated_captions', 'unknown_captions'] as const

/** Counts captions; official code takes the first five of an image. */
export function countCaptions({ texts }: EmbeddingsOutput): ItemScore {
  const captions = texts.slice(0, CAPTIONS_PER_IMAGE)
  const truncated = countTexts(captions, (caption) => caption.truncated)
  const unknown = countTexts(captions, ({ unknownTokens }) => (unknownTokens === null ? null : unknownTokens > 0))
  return {
    status: 'scored',
    stats: [captions.length, truncated, unknown],
    score: null,
    details: { captions: captions.length, truncated, unknown },
  }
}
