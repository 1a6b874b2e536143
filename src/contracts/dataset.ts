/**
 * A dataset version as the run engine sees it: immutable, content-addressed, its items in hash order.
 * @module
 */
import type { Candidate, Item, TaskId } from './item.ts'

/** Labels for breakdowns in reports, e.g. `answer_type`. Codes in {@link Strata} index `values`. */
export interface StratumVocabulary {
  readonly name: string
  /** Sorted by UTF-16 code units. */
  readonly values: readonly string[]
}

export interface DatasetVersion {
  readonly tenant: string
  readonly datasetId: string
  readonly name: string
  readonly digest: string
  readonly task: TaskId
  readonly format: string
  readonly items: number
  readonly images: number
  readonly clusters: number
  readonly strata: readonly StratumVocabulary[]
  /** Facts of the source files that reports repeat, e.g. `data_subtype`. */
  readonly source: Readonly<Record<string, string>>
  readonly createdAt: number
  /** Labels of a classification, in the order of the file that names them. Items are read with them. */
  readonly candidates?: readonly Candidate[]
}

/** Per-ordinal columns for reports, for scored and unscored items alike. */
export interface ItemColumns {
  /** Rank of the item's cluster among the dataset's sorted cluster ids. */
  readonly cluster: Uint32Array
  /** One column per vocabulary, of codes into its values. */
  readonly strata: readonly Uint16Array[]
}

/** Reads a version's items. All ordinals are in hash order. */
export interface DatasetReader {
  readonly version: DatasetVersion
  /** Items [first, end). */
  items(first: number, end: number): Promise<Item[]>
  /** Cluster ranks of items [first, end). */
  clusters(first: number, end: number): Promise<Uint32Array>
  /** Columns of all items. */
  columns(): Promise<ItemColumns>
}
