/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** A number in [0, 1] that was uploaded for an item, such as a person's judgement. */
export const uploadedScoreSpec = z.strictObject({
  type: z.literal('uploaded_score'),
  name: scorerName,
  pass_threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('A sample passes when its score is at least this. Affects pass counts only.'),
})

export type UploadedScoreSpec = z.output<typeof uploadedScoreSpec>
