/**
 * Cancelling is a compare-and-set: against publish the first wins, and records that arrive later change nothing.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Engine } from '../contracts/ports.ts'
import { sendJobsOf } from './fan-out.ts'

/** @throws {Fault} `not_found`, or `conflict` when the run has already ended. */
export async function cancelRun(engine: Engine, tenant: string, runId: string): Promise<void> {
  const run = await engine.runs.findRun(tenant, runId)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  if (run.status !== 'canceled' && !(await engine.runs.cancel(tenant, runId))) {
    const ended = await engine.runs.findRun(tenant, runId)
    if (ended?.status !== 'canceled')
      throw new Fault({ kind: 'conflict', detail: `run ${runId} has already ended: it is ${ended?.status ?? 'gone'}` })
  }
  await sendJobsOf(engine, tenant, runId)
}
