/**
 * What the dead-letter queues' consumers do: a message that no retry could help becomes a recorded fact, never silence.
 * @module
 */
import type { Engine, ShardReference } from '../contracts/ports.ts'
import type { Job } from '../contracts/run.ts'
import { fanOut, sendJobsOf } from './fan-out.ts'

/** What is owed and cannot be done now is tried again so much later. */
const DEFERRED_MILLISECONDS = 60 * 60 * 1000

/**
 * A shard that exhausted its deliveries: its items are errored and the run can still finish. One that somebody holds a live lease on
 * is left to them, and to the sweep after them.
 */
export async function buryShard(engine: Engine, { run, shard }: ShardReference): Promise<void> {
  const tenant = await engine.runs.tenantOf(run)
  if (tenant === null) return
  if (!(await engine.runs.failShard({ run, shard }, 'the shard could not be scored: every delivery failed'))) return
  const record = await engine.runs.findRun(tenant, run)
  if (record !== null) await fanOut(engine, { tenant, runId: run, queue: record.queue })
  await sendJobsOf(engine, tenant, run)
}

/** A control message that exhausted its deliveries. A job that somebody is doing at this moment is left to them. */
export async function buryJob(engine: Engine, jobId: string): Promise<void> {
  const job = await engine.jobs.findJob(jobId)
  if (job === null) return
  if (job.kind === 'merge') await exhaustJob(engine, job, job.lastError ?? 'the results could not be merged')
  else await engine.jobs.deferJob(jobId, engine.clock.now() + DEFERRED_MILLISECONDS)
}

/** Gives a job up for good. A run that cannot be merged has failed, and so has an import; they say so to whoever waits for them. */
export async function exhaustJob(engine: Engine, job: Job, reason: string): Promise<void> {
  if (job.kind === 'merge') await engine.runs.failRun(job.tenant, job.runId, { code: 'merge_failed', message: reason })
  if (job.kind === 'import') await engine.failImport(job.tenant, job.runId, reason)
  await engine.jobs.killJob(job.id, reason)
  await sendJobsOf(engine, job.tenant, job.runId)
}
