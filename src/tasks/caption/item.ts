/**
 * A picture or clip with its human captions.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

export const captionItem = z.object({
  task: z.literal('caption'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  /** Index in the official file, from 0. The tokenizer reads all captions as one text in that order. */
  position: z.int().nonnegative(),
  references: z.array(z.string()).min(1),
})

export type CaptionItem = z.infer<typeof captionItem>
