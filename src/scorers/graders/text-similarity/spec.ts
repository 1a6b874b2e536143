/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../../contracts/scorer-spec.ts'
import { TEXT_SIMILARITY_METRICS } from '../../../metrics/text-similarity/metrics.ts'
import { graderText } from '../grader-text.ts'

const NO_COSINE =
  'cannot be cosine here: it needs vectors of another model, and a grader that calls one is score_model; ' +
  `use one of ${TEXT_SIMILARITY_METRICS.join(', ')}`

/** OpenAI's text similarity. */
export const textSimilaritySpec = z.strictObject({
  type: z.literal('text_similarity'),
  name: scorerName,
  input: graderText.describe('The text that is judged, e.g. `{{sample.output_text}}`.'),
  reference: graderText.describe('The text that it is compared with, e.g. `{{item.answer}}`.'),
  evaluation_metric: z
    .enum(TEXT_SIMILARITY_METRICS, { error: ({ input }) => (input === 'cosine' ? NO_COSINE : undefined) })
    .describe('A number from 0 to 1; docs/graders.md defines each.'),
  pass_threshold: z.number().min(0).max(1).describe('An item passes when its score is at least this.'),
})

export type TextSimilaritySpec = z.output<typeof textSimilaritySpec>
