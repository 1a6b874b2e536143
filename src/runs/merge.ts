/**
 * The merge: turns rows into a report and publishes it once.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Failpoints, RunStore } from '../contracts/ports.ts'
import { aggregateRun, type AggregateRunDependencies } from './aggregate-run.ts'
import { decideGate } from './gate.ts'
import { publishRun, type PublishDependencies } from './publish.ts'
import { runScores } from './run-scores.ts'
import { tooManyErrored } from './too-many-errored.ts'

export type MergeDependencies = AggregateRunDependencies &
  PublishDependencies &
  Failpoints & { readonly runs: Pick<RunStore, 'findRun' | 'failRun'> }

/** A row of D1 holds at most 2 MB. This leaves room for the other columns. */
const MAX_REPORT_BYTES = 1_900_000

/**
 * Merges and publishes a run whose shards are all recorded or failed. Does nothing if the run has ended
 * meanwhile.
 */
export async function mergeRun(dependencies: MergeDependencies, tenant: string, runId: string): Promise<void> {
  await dependencies.failpoint('before-merge')
  const run = await dependencies.runs.findRun(tenant, runId)
  if (run?.status !== 'in_progress') return
  let folded
  try {
    folded = await aggregateRun(dependencies, run)
  } catch (error) {
    // A limit exceeded by the rows themselves is exceeded at every attempt.
    if (!(error instanceof Fault) || error.failure.kind !== 'too_large') throw error
    await dependencies.runs.failRun(tenant, runId, { code: 'too_large', message: error.message })
    return
  }
  const bytes = new TextEncoder().encode(folded.body).length
  if (bytes > MAX_REPORT_BYTES) {
    // A retry cannot help, and a report must not be shortened.
    const message = `the report has ${bytes} bytes, the limit is ${MAX_REPORT_BYTES}: too many breakdowns × criteria`
    await dependencies.runs.failRun(tenant, runId, { code: 'report_too_large', message })
    return
  }
  const gate = await decideGate(
    { runs: dependencies.runs, scores: runScores(dependencies) },
    { ...run, reportDigest: folded.digest },
    folded.report,
  )
  const error = await tooManyErrored(dependencies, run, folded)
  await publishRun(dependencies, run, folded, { gate, error })
}
