/**
 * A statement about two pictures, true or false.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

export const nlvr2Item = z.object({
  task: z.literal('nlvr2'),
  /** `split-set-pair-sentence`. */
  id: z.string(),
  cluster: z.string(),
  /** Left and right. */
  images: z.tuple([imageReference, imageReference]).nullable(),
  sentence: z.string(),
  /** As in the file. */
  label: z.string(),
})

export type Nlvr2Item = z.infer<typeof nlvr2Item>
