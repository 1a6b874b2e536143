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

/** A picture or clip with the captions that people wrote for it. */
export const captionItem = z.object({
  task: z.literal('caption'),
  id: z.string(),
  cluster: z.string(),
  image: imageReference.nullable(),
  /** From 0, in the official file: the tokenizer reads all captions as one text in that order. */
  position: z.int().nonnegative(),
  references: z.array(z.string()).min(1),
})

/** A statement about two pictures, true or false. */
export const nlvr2Item = z.object({
  task: z.literal('nlvr2'),
  /** `split-set-pair-sentence`. */
  id: z.string(),
  cluster: z.string(),
  images: z.tuple([imageReference, imageReference]).nullable(),
  sentence: z.string(),
  /** As the file spells it. */
  label: z.string(),
})

/** A video with its annotated steps. */
export const stepItem = z.object({
  task: z.literal('step_localization'),
  id: z.string(),
  cluster: z.string(),
  position: z.int().nonnegative(),
  /** Seconds. */
  segments: z.array(z.object({ step: z.int(), start: z.number(), end: z.number() })),
})

export const item = z.discriminatedUnion('task', [retrievalItem, vqaItem, captionItem, nlvr2Item, stepItem])

export type ImageReference = z.infer<typeof imageReference>
export type RetrievalItem = z.infer<typeof retrievalItem>
export type VqaItem = z.infer<typeof vqaItem>
export type CaptionItem = z.infer<typeof captionItem>
export type Nlvr2Item = z.infer<typeof nlvr2Item>
export type StepItem = z.infer<typeof stepItem>
export type Item = z.infer<typeof item>
export type Task = Item['task']

export const TASKS = ['retrieval', 'vqa', 'caption', 'nlvr2', 'step_localization'] as const satisfies readonly Task[]

/** An item whose pictures are not known yet. */
export type Draft<T extends Item = Item> = T extends Item ? Omit<T, 'image' | 'images'> : never

/**
 * What a dataset reader yields: an item whose picture is still a name. The importer resolves `image` (tried in order, compared
 * with uploaded file names) to a stored {@link ImageReference}.
 */
export type ItemDraft<T extends Item = Item> = T extends Item ? Draft<T> & { readonly image_names: readonly string[] } : never

/** The picture of an item that has exactly one, if it was imported. */
export function pictureOf(item: Item): ImageReference | null {
  return 'image' in item ? item.image : null
}
