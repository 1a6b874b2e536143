/**
 * Adds values of a run in progress to its events, for those who watch it. They are computed when somebody
 * watches, at fixed numbers of items, and once for all watchers.
 * @module
 */
import type { DatasetOpener, RunStore } from '../contracts/ports.ts'
import type { RunEventStore } from '../contracts/run-events.ts'
import type { RunRecord } from '../contracts/run.ts'
import { hasPartialValues, partialLook, partialValues } from '../scorers/partial-values.ts'
import { readRows, type ReadRowsDependencies } from './read-rows.ts'
import { scorersOf } from './scorers-of-run.ts'

export interface PartialValuesDependencies extends ReadRowsDependencies {
  readonly runs: ReadRowsDependencies['runs'] & Pick<RunStore, 'firstOpenOrdinal'>
  readonly events: Pick<RunEventStore, 'addValues'>
  readonly datasets: DatasetOpener
}

/** A request computes no values beyond this: 60 ms of CPU per criterion. */
const MOST_ITEMS = 50_000

/**
 * Adds the values of the largest look that the recorded prefix reaches.
 * @param before - items of the last values
 * @returns items of the last values now
 */
export async function addPartialValues(dependencies: PartialValuesDependencies, run: RunRecord, before: number): Promise<number> {
  const { spec, tenant, id } = run
  const scorers = scorersOf(run)
  if (before >= MOST_ITEMS || !hasPartialValues(scorers)) return before
  const open = await dependencies.runs.firstOpenOrdinal(tenant, id)
  const reached = open ?? spec.selection.count
  const look = partialLook(spec, Math.min(reached, MOST_ITEMS))
  if (look <= before) return before
  const reader = await dependencies.datasets.open(tenant, run.datasetId, spec.dataset.digest)
  const { rows } = await readRows(dependencies, run, await reader.clusters(0, spec.selection.count), look)
  // A run that has stopped early has fewer rows.
  if (rows.length < look) return before
  const values = partialValues(spec, scorers, rows.slice(0, look))
  await dependencies.events.addValues(tenant, id, look, JSON.stringify({ items: look, of: spec.dataset.items, values }))
  return look
}
