/**
 * Cancels a run by compare-and-set: cancellation or publication, the first wins. Later records change
 * nothing.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { RunStore } from '../contracts/ports.ts'
import { sendJobsOf, type SendJobsDependencies } from '../jobs/send-jobs.ts'

export interface CancelDependencies extends SendJobsDependencies {
  readonly runs: Pick<RunStore, 'findRun' | 'cancel'>
}

/** @throws {Fault} `not_found`, or `conflict` if the run has already ended */
export async function cancelRun(dependencies: CancelDependencies, tenant: string, runId: string): Promise<void> {
  const { runs } = dependencies
  const run = await runs.findRun(tenant, runId)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id: runId })
  if (run.status !== 'canceled' && !(await runs.cancel(tenant, runId))) {
    const ended = await runs.findRun(tenant, runId)
    if (ended?.status !== 'canceled')
      throw new Fault({ kind: 'conflict', detail: `run ${runId} has already ended: it is ${ended?.status ?? 'gone'}` })
  }
  await sendJobsOf(dependencies, tenant, runId)
}
