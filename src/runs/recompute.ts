/**
 * Recomputes a published report from the recorded rows.
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
  /** Canonical JSON, as computed now. */
  readonly body: string
  readonly digest: string
  readonly publishedDigest: string
  /** Whether the published report has exactly these bytes. */
  readonly agrees: boolean
}

/**
 * Aggregates the stored rows of an ended run again.
 * @param mostItems - limit on the size of the run
 * @throws {Fault} `not_found`; `conflict` if the run has no report; `too_large`
 */
export async function recomputeReport(
  dependencies: RecomputeDependencies,
  tenant: string,
  runId: string,
  mostItems = Infinity,
): Promise<Recomputation> {
  const run = await dependencies.runs.findRun(tenant, runId)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  const { reportDigest, status, spec } = run
  if (reportDigest === null) throw new Fault({ kind: 'conflict', detail: `run ${runId} has no report: it is ${status}` })
  if (spec.selection.count > mostItems)
    throw new Fault({
      kind: 'too_large',
      what: 'the run',
      limit: mostItems,
      actual: spec.selection.count,
      unit: 'items for a recomputation by request',
      remedy: 'start the same run again: an equal specification gives an equal digest',
    })
  const { body, digest } = await aggregateRun(dependencies, run)
  const published = await dependencies.reports.body(tenant, reportDigest)
  return { body, digest, publishedDigest: reportDigest, agrees: digest === reportDigest && body === published }
}
