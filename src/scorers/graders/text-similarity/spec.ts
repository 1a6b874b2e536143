/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../../contracts/scorer-spec.ts'
import { TEXT_SIMILARITY_METRICS } from '../../../metrics/text-similarity/metrics.ts'
import { graderModel } from '../ask-grader.ts'
import { graderText } from '../grader-text.ts'

/** OpenAI's name of the model whose vectors `cosine` compares, unless the grader names another. */
export const COSINE_MODEL = 'text-embedding-3-large'

const threshold = z.number().min(0).max(1).describe('An item passes when its score is at least this.')

const specWith = <Threshold extends z.ZodType<number, number | undefined>>(passThreshold: Threshold) =>
  z
    .strictObject({
      type: z.literal('text_similarity'),
      name: scorerName,
      input: graderText.describe('The text that is judged, e.g. `{{sample.output_text}}`.'),
      reference: graderText.describe('The text that it is compared with, e.g. `{{item.answer}}`.'),
      evaluation_metric: z
        .enum([...TEXT_SIMILARITY_METRICS, 'cosine'])
        .describe('A number from 0 to 1, of `cosine` from -1 to 1; docs/graders.md defines each.'),
      pass_threshold: passThreshold,
      model: graderModel
        .optional()
        .describe(`Of \`cosine\`: the model that embeds, \`endpoint/model\` or an edge model. Default: \`${COSINE_MODEL}\`.`),
    })
    .refine(({ evaluation_metric: metric, model }) => metric === 'cosine' || model === undefined, {
      path: ['model'],
      message: 'is for cosine; other metrics ask no model',
    })

/** OpenAI's text similarity. */
export const textSimilaritySpec = specWith(threshold)

/** The same for a single grading. OpenAI's clients send it without a threshold: its reward is the score. */
export const textSimilarityAlone = specWith(threshold.default(1).describe('Without effect: the reward is the score.'))

export type TextSimilaritySpec = z.output<typeof textSimilaritySpec>
