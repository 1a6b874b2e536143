/**
 * What a task says of its lines in Assay's own format.
 * @module
 */
import type { JsonRecord } from '../../files/json.ts'
import type { Problems } from '../../files/problems.ts'
import type { Draft } from '../draft.ts'
import type { Stratum } from '../format.ts'

export interface OwnLines<Item extends Draft = Draft> {
  /** Members of a line beside `task`, `id`, `cluster` and `image`; others are refused. */
  readonly members: readonly string[]
  readonly strata: readonly Stratum[]
  /**
   * Reads a line's own members, after noting what is wrong with them.
   * @returns the item, and its labels in the order of `strata`; of no use where a problem was noted.
   */
  read(
    fields: JsonRecord,
    known: { readonly id: string; readonly cluster: string },
    at: string,
    problems: Problems,
  ): { readonly draft: Item; readonly labels: readonly string[] }
}
