/**
 * A task: what an item of it is, and what a model is shown of an item. `tasks/registry.ts` lists all of them.
 * @module
 */
import type { z } from 'zod'
import type { Item } from '../contracts/item.ts'
import type { Prompt } from './prompt.ts'

export interface Task<Of extends Item = Item> {
  readonly id: Of['task']
  /** Shape of a stored item. */
  readonly item: z.ZodType<Of>
  /** Pictures per item. */
  readonly pictures: 0 | 1 | 2
  /** Whether an item is of no use without its pictures. Uploaded results can be scored without, so most tasks do. */
  readonly needsPictures: boolean
  /** The texts that stand beside an item's pictures, in order: a model that embeds is given each of them. */
  texts(item: Of): readonly string[]
  /** How a model that reads text is asked; null where items of this task ask nothing in words. */
  readonly prompt: Prompt<Of> | null
}

/** Whether an item is one of this task's. */
export function isOf<Of extends Item>(task: Task<Of>, item: Item): item is Of {
  return item.task === task.id
}

/** An item whose pictures are not known yet. */
export type Draft<Of extends Item = Item> = Of extends Item ? Omit<Of, 'image' | 'images'> : never

/**
 * What a dataset reader yields: an item whose picture is still a name. The import resolves the names, in order, to a stored
 * `ImageReference`.
 */
export type ItemDraft<Of extends Item = Item> = Of extends Item ? Draft<Of> & { readonly image_names: readonly string[] } : never
