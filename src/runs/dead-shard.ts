/**
 * Records the failure of a shard whose deliveries are used up, so that the run can still finish.
 * @module
 */
import type { RunStore, ShardReference } from '../contracts/ports.ts'
import { sendJobsOf, type SendJobsDependencies } from '../jobs/send-jobs.ts'
import { fanOut, type FanOutDependencies } from './fan-out.ts'

export type DeadShardDependencies = FanOutDependencies &
  SendJobsDependencies & { readonly runs: Pick<RunStore, 'failShard' | 'findRun'> }

/**
 * Records the items of the shard as errored. A shard under a live lease is left to its holder, then to the
 * sweep.
 */
export async function failDeadShard(dependencies: DeadShardDependencies, reference: ShardReference): Promise<void> {
  const { tenant, run: runId } = reference
  const { runs } = dependencies
  if (!(await runs.failShard(reference, 'the shard could not be scored: every delivery failed'))) return
  const run = await runs.findRun(tenant, runId)
  if (run !== null) await fanOut(dependencies, run.queue)
  await sendJobsOf(dependencies, tenant, runId)
}
