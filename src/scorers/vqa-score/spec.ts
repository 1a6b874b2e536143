/**
 * @module
 */
import { z } from 'zod'
import { passThreshold, scorerName } from '../../contracts/scorer-spec.ts'

/** How probably each caption of an item is said to fit its picture, by a model that answers. */
export const vqaScoreSpec = z.strictObject({
  type: z.literal('vqa_score'),
  name: scorerName,
  pass_threshold: passThreshold('mean'),
})
