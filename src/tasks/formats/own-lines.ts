/**
 * A task's part of a line in Assay's own format.
 * @module
 */
import type { JsonRecord } from '../../files/json.ts'
import type { Problems } from '../../files/problems.ts'
import type { Draft } from '../draft.ts'
import type { Stratum } from '../format.ts'

/** How a row of a table says what a line says. */
export interface OwnColumns<Item extends Draft = Draft> {
  /** The column by which a table is one of this task. */
  readonly tell: string
  /** Members that are lists, by the name of their columns: `caption`, or `caption_1`, `caption_2`. */
  readonly lists: Readonly<Record<string, string>>
  /** The member that further rows of the same id add to, and their item; without it such rows are refused. */
  readonly grows?: { readonly member: string; join(drafts: readonly Item[]): Item }
  /** Members that make the id where the table has no column `id`. */
  readonly id: readonly string[]
}

export interface OwnLines<Item extends Draft = Draft> {
  /** For tables; undefined if the task's items do not fit into one. */
  readonly columns?: OwnColumns<Item>
  /** Members of a line besides `task`, `id`, `cluster` and `image`; others are refused. */
  readonly members: readonly string[]
  readonly strata: readonly Stratum[]
  /** Whether `image` may be a list: the frames of a clip. */
  readonly frames?: true
  /** The label of an item, for a task whose labels are the whole file's. */
  label?(draft: Item): string
  /** Reads results in another form than one text per item, as `readResults` of a format does. */
  readResults?(text: string, ids: readonly string[]): ReadonlyMap<string, string>
  /**
   * Reads a line's own members, recording problems.
   * @returns the item, and its labels in the order of `strata`; invalid if a problem was recorded
   */
  read(
    fields: JsonRecord,
    known: { readonly id: string; readonly cluster: string },
    at: string,
    problems: Problems,
  ): { readonly draft: Item; readonly labels: readonly string[] }
}
