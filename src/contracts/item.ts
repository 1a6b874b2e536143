/**
 * Canonical items: what every official format becomes on import. One item is one unit of work and one {@link SampleRow}.
 * @module
 */
import { z } from 'zod'

/** A stored picture, content-addressed. Width and height are after EXIF orientation, in pixels. */
export const imageReference = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  media_type: z.enum(['image/png', 'image/jpeg', 'image/webp']),
  bytes: z.int().positive(),
  width: z.int().positive(),
  height: z.int().positive(),
})

/** An image of a Karpathy split with its captions in file order; official code scores the first five. */
export const retrievalItem = z.object({
  task: z.literal('retrieval'),
  id: z.string(),
  /** Items of one cluster are not independent (questions of one image). */
  cluster: z.string(),
  image: imageReference,
  captions: z.array(z.object({ id: z.string(), text: z.string() })).min(1),
})

/** A VQA v2 question with its ten human answers. */
export const vqaItem = z.object({
  task: z.literal('vqa'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  question: z.string(),
  question_type: z.string(),
  answer_type: z.string(),
  answers: z.array(z.string()).min(1),
})

export const item = z.discriminatedUnion('task', [retrievalItem, vqaItem])

export type ImageReference = z.infer<typeof imageReference>
export type RetrievalItem = z.infer<typeof retrievalItem>
export type VqaItem = z.infer<typeof vqaItem>
export type Item = z.infer<typeof item>
export type Task = Item['task']

/**
 * What a dataset reader yields: an item whose picture is still a name. The importer resolves `image` (tried in order, compared
 * with uploaded file names) to a stored {@link ImageReference}.
 */
export type ItemDraft<T extends Item = Item> = T extends Item
  ? Omit<T, 'image'> & { readonly image_names: readonly string[] }
  : never
