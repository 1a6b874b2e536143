/**
 * A task's part of a line in Assay's own format.
 * @module
 */
import type { JsonRecord } from '../../files/json.ts'
import type { Problems } from '../../files/problems.ts'
import type { Draft } from '../draft.ts'
import type { Stratum } from '../format.ts'

export interface OwnLines<Item extends Draft = Draft> {
  /** Members of a line besides `task`, `id`, `cluster` and `image`; others are refused. */
  readonly members: readonly string[]
  readonly strata: readonly Stratum[]
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
