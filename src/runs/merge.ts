/**
 * The merge: rows in, report out, published once.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Failpoints, RunStore } from '../contracts/ports.ts'
import { aggregateRun, type AggregateRunDependencies } from './aggregate-run.ts'
import { publishRun, type PublishDependencies } from './publish.ts'

export type MergeDependencies = AggregateRunDependencies &
  PublishDependencies &
  Failpoints & { readonly runs: Pick<RunStore, 'findRun' | 'failRun'> }

/** A row of D1 holds 2 MB at most; this leaves room for its other columns. */
const MAX_REPORT_BYTES = 1_900_000

/** Merges and publishes a run whose shards are all recorded or failed. Does nothing when the run has ended meanwhile. */
export async function mergeRun(dependencies: MergeDependencies, tenant: string, runId: string): Promise<void> {
  await dependencies.failpoint('before-merge')
  const run = await dependencies.runs.findRun(tenant, runId)
  if (run?.status !== 'in_progress') return
  let folded
  try {
    folded = await aggregateRun(dependencies, run)
  } catch (error) {
    // What the rows themselves forbid, they forbid each time.
    if (!(error instanceof Fault) || error.failure.kind !== 'too_large') throw error
    await dependencies.runs.failRun(tenant, runId, { code: 'too_large', message: error.message })
    return
  }
  const bytes = new TextEncoder().encode(folded.body).length
  if (bytes > MAX_REPORT_BYTES) {
    // No retry could help, and nothing may be cut from a report.
    const message = `the report has ${bytes} bytes, the limit is ${MAX_REPORT_BYTES}: too many breakdowns × criteria`
    await dependencies.runs.failRun(tenant, runId, { code: 'report_too_large', message })
    return
  }
  await publishRun(dependencies, run, folded)
}
