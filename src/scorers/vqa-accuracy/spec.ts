/**
 * @module
 */
import { z } from 'zod'
import { passThreshold, scorerName } from '../../contracts/scorer-spec.ts'

/** VQA accuracy by one of the two official scorers. */
export const vqaAccuracySpec = z.strictObject({
  type: z.literal('vqa_accuracy'),
  name: scorerName,
  scorer: z
    .enum(['vqa-2021', 'vqa-2015'])
    .default('vqa-2021')
    .describe('`vqa-2021`: the official scorer since 2021-03-11. `vqa-2015`: the one before. Their scores differ.'),
  pass_threshold: passThreshold('accuracy'),
})

export type VqaAccuracySpec = z.output<typeof vqaAccuracySpec>
