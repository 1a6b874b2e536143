/**
 * Anyone may ask whether a published report is what the recorded rows say.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { ReportStore, RunStore } from '../contracts/ports.ts'
import { aggregateRun, type AggregateRunDependencies } from './aggregate-run.ts'

export type RecomputeDependencies = AggregateRunDependencies & {
  readonly runs: Pick<RunStore, 'findRun'>
  readonly reports: Pick<ReportStore, 'body'>
}

export interface Recomputation {
  readonly body: string
  readonly digest: string
  /** The published report has exactly these bytes. */
  readonly agrees: boolean
}

/**
 * Folds the report of a completed run again, from the rows as they are stored now.
 * @throws {Fault} `not_found`, or `conflict` when the run has published nothing.
 */
export async function recomputeReport(
  dependencies: RecomputeDependencies,
  tenant: string,
  runId: string,
): Promise<Recomputation> {
  const run = await dependencies.runs.findRun(tenant, runId)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  if (run.reportDigest === null) throw new Fault({ kind: 'conflict', detail: `run ${runId} has no report: it is ${run.status}` })
  const { body, digest } = await aggregateRun(dependencies, run)
  const published = await dependencies.reports.body(tenant, run.reportDigest)
  return { body, digest, agrees: digest === run.reportDigest && body === published }
}
