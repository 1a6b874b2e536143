/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** COIN step localization: mAP over temporal IoU, recall, F1, mIoU. */
export const stepLocalizationSpec = z.strictObject({
  type: z.literal('step_localization'),
  name: scorerName,
  classes: z
    .int()
    .min(1)
    .max(10_000)
    .default(778)
    .describe('Step classes that mAP averages over, those without ground truth included. COIN has 778.'),
})

export type StepLocalizationSpec = z.output<typeof stepLocalizationSpec>
