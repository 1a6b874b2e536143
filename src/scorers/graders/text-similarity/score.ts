/**
 * Similarity of two texts, as OpenAI's `text_similarity`.
 * @module
 */
import type { Item } from '../../../contracts/item.ts'
import type { EmbeddedText } from '../../../contracts/model.ts'
import { lengthProblem } from '../../../contracts/text-limits.ts'
import { similarityOf } from '../../../metrics/text-similarity/metrics.ts'
import { cosine } from '../../../metrics/vectors.ts'
import type { GradingEmbedder, ItemScore, ScoreContext } from '../../scorer.ts'
import { fill, valuesOf } from '../template-values.ts'
import type { TextSimilaritySpec } from './spec.ts'

export async function scoreSimilarity({
  spec,
  item,
  output,
  embed,
}: ScoreContext<TextSimilaritySpec, Item, 'text'>): Promise<ItemScore> {
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
  const [input, reference] = texts as [string, string]
  const { evaluation_metric: metric } = spec
  if (metric === 'cosine') return cosineScore(spec, { input, reference }, embed)
  return judged(spec, similarityOf(metric, input, reference))
}

const judged = (
  { pass_threshold: threshold }: TextSimilaritySpec,
  score: number,
  details?: Record<string, unknown>,
): ItemScore => ({
  status: 'scored',
  stats: [score, score >= threshold ? 1 : 0],
  score,
  ...(details && { details }),
})

/** An empty text has no vector. An empty answer scores 0, so that silence does not pay. */
async function cosineScore(
  spec: TextSimilaritySpec,
  { input, reference }: { readonly input: string; readonly reference: string },
  embed: GradingEmbedder,
): Promise<ItemScore> {
  if (reference.trim() === '') return { status: 'unscored', reason: 'reference: an empty text has no embedding' }
  if (input.trim() === '') return judged(spec, 0)
  const { texts, usage } = await embed([input, reference])
  const [one, other] = texts as [EmbeddedText, EmbeddedText]
  const details = {
    ...(usage && { grader_usage: usage }),
    ...((one.truncated || other.truncated) && { truncated: { input: one.truncated, reference: other.truncated } }),
  }
  return judged(spec, bounded(cosine(one.vector, other.vector)), Object.keys(details).length === 0 ? undefined : details)
}

/** A cosine may exceed 1 by rounding. */
const bounded = (value: number): number => Math.min(1, Math.max(-1, value))
