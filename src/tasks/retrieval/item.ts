/**
 * A picture and its captions, each to be retrieved by the other.
 * @module
 */
import { z } from 'zod'
import { imageReference } from '../../contracts/item.ts'

export const retrievalItem = z.object({
  task: z.literal('retrieval'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference,
  /** The frames of a clip, in order; absent for a picture. */
  images: z.array(imageReference).readonly().optional(),
  /** In file order; official code scores the first five. */
  captions: z.array(z.object({ id: z.string(), text: z.string() })).min(1),
})

export type RetrievalItem = z.infer<typeof retrievalItem>
