/**
 * Members of an item that every room may use: task, id, cluster and pictures. The task's own members are in
 * `tasks/<task>/item.ts`.
 * @module
 */
import { z } from 'zod'

/** A stored picture, content-addressed. Width and height are after EXIF orientation, in pixels. */
export const imageReference = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  media_type: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']),
  bytes: z.int().positive(),
  width: z.int().positive(),
  height: z.int().positive(),
})

export type ImageReference = z.infer<typeof imageReference>

/** A label that a picture may be given. */
export interface Candidate {
  readonly label: string
  /** Texts that describe it, word for word. Absent: the label, in the templates of the run. */
  readonly prompts?: readonly string[] | undefined
}

/** Name of a task, e.g. `vqa`. `tasks/registry.ts` lists them. */
export type TaskId = string

/** One unit of work, scored into one row. Its task adds members of its own. */
export interface Item {
  readonly task: TaskId
  readonly id: string
  /** Items of one cluster are not independent, e.g. the questions about one picture. */
  readonly cluster: string
  /** The picture of a task with one per item; null if it was not imported. */
  readonly image?: ImageReference | null
  /**
   * The pictures of a task with several per item, or the frames of a clip, whose middle one is `image`. null:
   * they were not imported.
   */
  readonly images?: readonly ImageReference[] | null | undefined
  /** Labels among which a model chooses. Those of the whole dataset are added as items are read. */
  readonly candidates?: readonly Candidate[] | undefined
  /** Texts of its own among which a model chooses, in the order in which they are shown. */
  readonly options?: readonly string[] | undefined
}

/** The labels or options among which a model chooses; none for other tasks. */
export function choicesOf({ candidates, options }: Pick<Item, 'candidates' | 'options'>): readonly Candidate[] {
  return candidates ?? options?.map((label) => ({ label })) ?? []
}

/** The frames of a clip, or the one picture of an item; empty if none was imported. */
export function framesOf({ image, images }: Pick<Item, 'image' | 'images'>): readonly ImageReference[] {
  return images ?? (image ? [image] : [])
}
