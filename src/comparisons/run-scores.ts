/**
 * Access of a comparison to what was recorded of runs.
 * @module
 */
import type { RunRecord } from '../contracts/run.ts'
import type { RowStatus } from '../contracts/sample-row.ts'
import type { Comparable } from '../scorers/comparable.ts'

/** Per scorer to read, by its index in the run's specification: whether an item is paired under it. */
export type PairedScorers = ReadonlyMap<number, (ordinal: number) => boolean>

/** Reads what was recorded of a run. */
export interface RunScores {
  /** Per scorer that is named by its index: the status of each item, in ordinal order. */
  statuses(run: RunRecord, scorers: readonly number[]): Promise<ReadonlyMap<number, readonly RowStatus[]>>
  /** Per scorer its comparables, from the items that are paired. */
  comparables(run: RunRecord, paired: PairedScorers): Promise<ReadonlyMap<number, readonly Comparable[]>>
  /** Name of the run's dataset. */
  datasetName(run: RunRecord): Promise<string>
  /** Ids of the run's items, in ordinal order. */
  itemIds(run: RunRecord): Promise<readonly string[]>
  /** Ids of single items, by their ordinals. */
  itemIdsAt(run: RunRecord, ordinals: readonly number[]): Promise<ReadonlyMap<number, string>>
}
