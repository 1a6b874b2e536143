/**
 * A task: what an item of it is, how files bring items, and what a model is shown of one. `tasks/registry.ts` lists all tasks.
 * @module
 */
import type { z } from 'zod'
import type { Item } from '../contracts/item.ts'
import type { Format } from './format.ts'
import type { OwnLines } from './formats/own-lines.ts'
import type { Prompt } from './prompt.ts'

export interface Task<Of extends Item = Item> {
  readonly id: Of['task']
  /** Shape of a stored item. */
  readonly item: z.ZodType<Of>
  /** Pictures per item. */
  readonly pictures: 0 | 1 | 2
  /** Whether an item is of no use without its pictures. Uploaded results can be scored without, so most tasks do. */
  readonly needsPictures: boolean
  /** Official formats by the name that an import gives. */
  readonly formats: Readonly<Record<string, Format>>
  /** How lines of Assay's own format hold items of this task; null where none do. */
  readonly ownLines: OwnLines | null
  /** The texts that stand beside an item's pictures, in order: a model that embeds is given each of them. */
  texts(item: Of): readonly string[]
  /** How a model that reads text is asked; null where items of this task ask nothing in words. */
  readonly prompt: Prompt<Of> | null
}

/** Whether an item is one of this task's. */
export function isOf<Of extends Item>(task: Task<Of>, item: Item): item is Of {
  return item.task === task.id
}
