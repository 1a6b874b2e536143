/**
 * What the dead-letter queues' consumers do: a message that no retry could help becomes a recorded fact, never silence.
 * @module
 */
import type { Engine, ShardReference } from '../contracts/ports.ts'
import { sendJobsOf } from './jobs.ts'

/** A shard that exhausted its retries: its items are errored and the run can still finish. */
export async function buryShard(engine: Engine, { run, shard }: ShardReference): Promise<void> {
  const tenant = await engine.ledger.tenantOf(run)
  if (tenant === null) return
  if (await engine.ledger.failShard({ run, shard }, 'the shard could not be scored: every delivery failed'))
    await sendJobsOf(engine, tenant, run)
}

/**
 * A control job that exhausted its deliveries. A merge that cannot be done fails its run; any other job stays owed, and the sweep
 * sends it again later.
 */
export async function buryJob(engine: Engine, jobId: string): Promise<void> {
  const job = await engine.jobs.findJob(jobId)
  if (job === null || job.kind !== 'merge') return
  await engine.ledger.failRun(job.tenant, job.runId, {
    code: 'merge_failed',
    message: job.lastError ?? 'the results could not be merged',
  })
  await engine.jobs.killJob(jobId, job.lastError ?? 'exhausted')
  await sendJobsOf(engine, job.tenant, job.runId)
}
