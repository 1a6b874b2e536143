/**
 * Stored comparisons, and the work on those that outlive a request.
 * @module
 */
import type { ComparisonBody, ComparisonResult } from './comparison.ts'
import type { Page } from './records.ts'

export interface ComparisonRecord {
  readonly tenant: string
  readonly id: string
  readonly name: string | null
  readonly metadata: Readonly<Record<string, string>> | null
  readonly createdAt: number
  readonly state: 'in_progress' | 'completed' | 'failed'
  /** Why it failed. */
  readonly error: string | null
  /** Without results unless completed. */
  readonly body: ComparisonBody
}

/** The options of a request that its job needs; those of the body are not repeated. */
export interface ComparisonOptions {
  readonly criteria?: readonly string[] | undefined
  readonly margin?: number | undefined
}

/** The work of a comparison's job, and the part of it that is done. */
export interface ComparisonWork {
  readonly body: ComparisonBody
  readonly options: ComparisonOptions
  /** One list per treatment that is done, in the order of the treatments. */
  readonly drafts: readonly (readonly ComparisonResult[])[]
}

type NewComparison = Omit<ComparisonRecord, 'createdAt' | 'state' | 'error'>

export interface ComparisonStore {
  /** Stores a complete comparison. Repeating with the same id makes no second one. */
  put(record: NewComparison): Promise<ComparisonRecord>
  /** Stores a comparison without results, and the job that makes them. Repeating makes no second one. */
  request(record: NewComparison, options: ComparisonOptions): Promise<ComparisonRecord>
  /** null unless it is in progress. */
  work(tenant: string, id: string): Promise<ComparisonWork | null>
  /** Each of the following does nothing unless the comparison is in progress. */
  saveDrafts(tenant: string, id: string, drafts: ComparisonWork['drafts']): Promise<void>
  finish(tenant: string, id: string, body: ComparisonBody): Promise<void>
  fail(tenant: string, id: string, error: string): Promise<void>
  /** @throws {Fault} `not_found` */
  find(tenant: string, id: string): Promise<ComparisonRecord>
  list(tenant: string, page: Page): Promise<ComparisonRecord[]>
  delete(tenant: string, id: string): Promise<void>
}
