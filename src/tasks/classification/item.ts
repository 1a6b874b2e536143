/**
 * A picture and its label, one of the dataset's.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

export const classificationItem = z.object({
  task: z.literal('classification'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  label: z.string(),
  /** All labels of the dataset: stored once, and added as items are read. */
  candidates: z
    .array(z.object({ label: z.string(), prompts: z.array(z.string()).readonly().optional() }))
    .readonly()
    .optional(),
})

export type ClassificationItem = z.infer<typeof classificationItem>
