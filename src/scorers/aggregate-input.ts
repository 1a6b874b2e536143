/**
 * What every criterion's fold is given, and the counts every metric carries.
 * @module
 */
import type { DatasetVersion, ItemColumns } from '../contracts/dataset.ts'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { Item } from '../contracts/item.ts'
import type { ScorerOutcome, RowStatus } from '../contracts/sample-row.ts'
import { isOf, type Task } from '../tasks/task.ts'
import type { ItemRanks } from './retrieval/item-ranks.ts'

/** One item under one criterion. */
export interface ScorerRow extends ScorerOutcome {
  readonly ordinal: number
  readonly cluster: number
}

/** An item of the selection with what the subject answered; null when it gave no answer or the item errored. */
export interface ItemText<Of extends Item = Item> {
  readonly ordinal: number
  readonly item: Of
  readonly answer: string | null
}

export interface AggregateInput {
  /** In ordinal order. */
  readonly rows: readonly ScorerRow[]
  readonly version: Pick<DatasetVersion, 'digest' | 'items' | 'strata'>
  /** Of the whole dataset: what was not selected is counted too. */
  readonly columns: ItemColumns
  readonly embeddings: readonly EmbeddingEntry[]
  /** One an item of the selection, in ordinal order; empty unless a criterion's merge needs texts. */
  readonly texts: readonly ItemText[]
  readonly seed: number
  readonly level: number
  /** Takes what a retrieval criterion finds out about each item. */
  readonly onItemRanks?: ((items: readonly ItemRanks[]) => void) | undefined
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

/** The selection's items of one task, with their answers. */
export function textsOf<Of extends Item>({ texts }: AggregateInput, task: Task<Of>): ItemText<Of>[] {
  return texts.flatMap(({ item, ...rest }) => (isOf(task, item) ? [{ ...rest, item }] : []))
}
