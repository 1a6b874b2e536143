/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../../contracts/scorer-spec.ts'
import { graderMessages, graderModel, graderSampling } from '../ask-grader.ts'

/** OpenAI's score model: a model gives a number. */
export const scoreModelSpec = z.strictObject({
  type: z.literal('score_model'),
  name: scorerName,
  model: graderModel,
  input: graderMessages,
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'must be the least and the greatest score, in this order')
    .default([0, 1]),
  sampling_params: graderSampling.optional(),
  pass_threshold: z
    .number()
    .optional()
    .describe('An item passes when its score is at least this. Default: the middle of `range`.'),
})

export type ScoreModelSpec = z.output<typeof scoreModelSpec>
