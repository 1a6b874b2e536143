/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** Whether the right option is chosen. */
export const multipleChoiceSpec = z.strictObject({
  type: z.literal('multiple_choice'),
  name: scorerName,
  circular: z
    .literal(true)
    .optional()
    .describe(
      'Ask each question once per option, each time with another option first; it is right if every answer is. A question with ' +
        'n options takes n requests. Default: asked once.',
    ),
})

export type MultipleChoiceSpec = z.output<typeof multipleChoiceSpec>
