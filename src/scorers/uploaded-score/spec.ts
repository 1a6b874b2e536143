/**
 * @module
 */
import { z } from 'zod'
import { passThreshold, scorerName } from '../../contracts/scorer-spec.ts'

/** A number in [0, 1] that was uploaded for an item, such as a person's judgement. */
export const uploadedScoreSpec = z.strictObject({
  type: z.literal('uploaded_score'),
  name: scorerName,
  pass_threshold: passThreshold('score'),
})

export type UploadedScoreSpec = z.output<typeof uploadedScoreSpec>
