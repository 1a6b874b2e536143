/**
 * Similarity of two texts, as OpenAI's `text_similarity`.
 * @module
 */
import type { Item } from '../../../contracts/item.ts'
import { lengthProblem } from '../../../contracts/text-limits.ts'
import { similarityOf } from '../../../metrics/text-similarity/metrics.ts'
import type { ItemScore, ScoreContext } from '../../scorer.ts'
import { fill, valuesOf } from '../template-values.ts'
import type { TextSimilaritySpec } from './spec.ts'

export function scoreSimilarity({ spec, item, output }: ScoreContext<TextSimilaritySpec, Item, 'text'>): ItemScore {
  const values = valuesOf(item, output)
  const texts: string[] = []
  for (const member of ['input', 'reference'] as const) {
    const filled = fill(spec[member], values, output)
    if ('reason' in filled) return { status: 'unscored', reason: `${member}: ${filled.reason}` }
    // A metric's time grows with the square of the length.
    const problem = lengthProblem(filled.text)
    if (problem !== undefined) return { status: 'unscored', reason: `${member}: ${problem}` }
    texts.push(filled.text)
  }
  const score = similarityOf(spec.evaluation_metric, texts[0]!, texts[1]!)
  return { status: 'scored', stats: [score, score >= spec.pass_threshold ? 1 : 0], score }
}
