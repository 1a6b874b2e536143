/**
 * The input of every scorer's `aggregate`, and the counts that every metric carries.
 * @module
 */
import type { DatasetVersion, ItemColumns } from '../contracts/dataset.ts'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { Item } from '../contracts/item.ts'
import type { OutputKind, OutputOf } from '../contracts/model.ts'
import type { RowStatus, ScorerOutcome } from '../contracts/sample-row.ts'
import type { LateResults } from './late-results.ts'

/** One item under one scorer. */
export interface ScorerRow extends ScorerOutcome {
  readonly ordinal: number
  readonly cluster: number
}

/** An item of the selection with its output; null where the model gave none or the item errored. */
export interface ItemOutput<Of extends Item = Item, Kind extends OutputKind = OutputKind> {
  readonly ordinal: number
  readonly item: Of
  readonly output: OutputOf<Kind> | null
}

export interface AggregateInput<Of extends Item = Item, Kind extends OutputKind = OutputKind> {
  /** In ordinal order. */
  readonly rows: readonly ScorerRow[]
  readonly version: Pick<DatasetVersion, 'digest' | 'items' | 'strata' | 'candidates'>
  /** Columns of the whole dataset: items that were not selected are counted too. */
  readonly columns: ItemColumns
  /**
   * Embeddings of scored items, in ordinal order; empty unless a scorer keeps outputs and requires
   * embeddings.
   */
  readonly embeddings: readonly EmbeddingEntry[]
  /** One per item of the selection, in ordinal order; empty unless a scorer keeps outputs of another kind. */
  readonly outputs: readonly ItemOutput<Of, Kind>[]
  readonly seed: number
  readonly level: number
  /** Receives results of single items, from a scorer that has them at the merge only. */
  readonly onLateResults?: ((results: LateResults) => void) | undefined
  /** The whole dataset was selected. */
  readonly complete: boolean
}

export interface RowCounts {
  readonly errored: number
  readonly unscored: number
  /** Items of the dataset that the run did not select. */
  readonly missing: number
}

export function scoredRows(rows: readonly ScorerRow[]): ScorerRow[] {
  return rows.filter(({ status }) => status === 'scored')
}

export function countRows({ rows, version }: AggregateInput): RowCounts {
  const count = (wanted: RowStatus) => rows.filter(({ status }) => status === wanted).length
  return { errored: count('errored'), unscored: count('unscored'), missing: version.items - rows.length }
}
