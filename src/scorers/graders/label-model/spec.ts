/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../../contracts/scorer-spec.ts'
import { graderMessages, graderModel, graderSampling } from '../ask-grader.ts'

const label = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.trim() !== '', 'must not be blank')

/** OpenAI's label model: a model chooses one of the labels; some of them pass. */
export const labelModelSpec = z
  .strictObject({
    type: z.literal('label_model'),
    name: scorerName,
    model: graderModel,
    input: graderMessages,
    labels: z
      .array(label)
      .min(2)
      .max(64)
      .refine(
        (labels) => new Set(labels.map((each) => each.trim().toLowerCase())).size === labels.length,
        'must differ, whatever the case',
      ),
    passing_labels: z.array(label).min(1).max(64).describe('Those of `labels` that pass.'),
    sampling_params: graderSampling.optional(),
  })
  .superRefine(({ labels, passing_labels: passing }, context) => {
    for (const [index, each] of passing.entries())
      if (!labels.includes(each))
        context.addIssue({ code: 'custom', path: ['passing_labels', index], message: 'is not one of labels' })
  })

export type LabelModelSpec = z.output<typeof labelModelSpec>
