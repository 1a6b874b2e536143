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
  /** The pictures of a task with several per item; null if they were not imported. */
  readonly images?: readonly ImageReference[] | null
}

/** The picture of an item that has exactly one, if it was imported. */
export function pictureOf(item: Item): ImageReference | null {
  return item.image ?? null
}
