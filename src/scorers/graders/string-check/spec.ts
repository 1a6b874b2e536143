/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../../contracts/scorer-spec.ts'
import { graderText } from '../grader-text.ts'

/** OpenAI's string check: passes when the filled texts compare as the operation says. */
export const stringCheckSpec = z.strictObject({
  type: z.literal('string_check'),
  name: scorerName,
  input: graderText.describe('The text that is judged, e.g. `{{sample.output_text}}`.'),
  reference: graderText.describe('The text that it is compared with, e.g. `{{item.answer}}`.'),
  operation: z
    .enum(['eq', 'ne', 'like', 'ilike'])
    .describe('Equal; not equal; `input` contains `reference`; the same whatever the case.'),
})

export type StringCheckSpec = z.output<typeof stringCheckSpec>
