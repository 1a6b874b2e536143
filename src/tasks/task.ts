/**
 * A task: the shape of its items, their file formats, and the parts that a model may see. `tasks/registry.ts`
 * lists all tasks.
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
  /** Pictures per item; `frames`: as many as an item names. */
  readonly pictures: 0 | 1 | 2 | 'frames'
  /** Whether an item is useless without its pictures. Most tasks can score uploaded results without them. */
  readonly needsPictures: boolean
  /** Official formats by their names in imports. */
  readonly formats: Readonly<Record<string, Format>>
  /** The task's part of lines in Assay's own format; null if it has none. */
  readonly ownLines: OwnLines | null
  /** The texts of an item's pictures, in order. A model that embeds gets each of them. */
  texts(item: Of): readonly string[]
  /** Whether a model chooses among the item's candidates, so that its output is labels. */
  readonly chooses?: true
  /** Whether an answer is a list of timed steps, so that a model's output is segments. */
  readonly locates?: true
  /** The item with its options in another order: the one at `by` first, those before it last. */
  rotated?(item: Of, by: number): Of
  /** Asks whether a text of the item, `item.text`, fits the picture. Absent without such texts. */
  readonly fits?: Prompt<Of & { readonly text: string }>
  /** The prompt for a model that reads text; null if the task has no questions. */
  readonly prompt: Prompt<Of> | null
}

/** Whether an item is one of this task's. */
export function isOf<Of extends Item>(task: Task<Of>, item: Item): item is Of {
  return item.task === task.id
}
