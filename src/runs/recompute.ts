/**
 * Anyone may ask whether a published report is what the recorded rows say.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Engine } from '../contracts/ports.ts'
import { aggregateRun } from './aggregate-run.ts'

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
export async function recomputeReport(engine: Engine, tenant: string, runId: string): Promise<Recomputation> {
  const run = await engine.runs.findRun(tenant, runId)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  if (run.reportDigest === null) throw new Fault({ kind: 'conflict', detail: `run ${runId} has no report: it is ${run.status}` })
  const { body, digest } = await aggregateRun(engine, run)
  const published = await engine.publisher.readReportBody(tenant, run.reportDigest)
  return { body, digest, agrees: digest === run.reportDigest && body === published }
}
