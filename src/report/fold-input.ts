/**
 * What every criterion's fold is given, and the counts every metric carries.
 * @module
 */
import type { DatasetVersion, ItemColumns } from '../contracts/dataset.ts'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { CriterionOutcome, RowStatus } from '../contracts/sample-row.ts'

/** One item under one criterion. */
export interface CriterionRow extends CriterionOutcome {
  readonly ordinal: number
  readonly cluster: number
}

export interface FoldInput {
  /** In ordinal order. */
  readonly rows: readonly CriterionRow[]
  readonly version: DatasetVersion
  /** Of the whole dataset: what was not selected is counted too. */
  readonly columns: ItemColumns
  readonly embeddings: readonly EmbeddingEntry[]
  readonly seed: number
  readonly level: number
  /** The whole dataset was selected. */
  readonly complete: boolean
}

export interface RowCounts {
  readonly errored: number
  readonly unscored: number
  /** Items of the dataset that the run did not select. */
  readonly missing: number
}

export function scoredRows(rows: readonly CriterionRow[]): CriterionRow[] {
  return rows.filter(({ status }) => status === 'scored')
}

export function countRows({ rows, version }: FoldInput): RowCounts {
  const count = (wanted: RowStatus) => rows.filter(({ status }) => status === wanted).length
  return { errored: count('errored'), unscored: count('unscored'), missing: version.items - rows.length }
}
