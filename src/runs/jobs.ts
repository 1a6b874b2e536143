/**
 * Control jobs: what a committed change still owes. Each is claimed by a lease and may safely run more than once.
 * @module
 */
import type { ClaimedJob, Engine } from '../contracts/ports.ts'
import { compactRun } from './compact.ts'
import { mergeRun } from './merge.ts'
import { copyReport } from './publish.ts'

/** Tells the control queue about every job of a run that is still owed. Losing a message only delays it: the sweep sends it again. */
export async function sendJobsOf(engine: Engine, tenant: string, runId: string): Promise<void> {
  for (const job of await engine.jobs.jobsOfRun(tenant, runId)) await engine.queues.sendJob(job)
}

/**
 * Handles one control message.
 * @throws after giving the job back, on any infrastructure fault: the queue retries.
 */
export async function workJob(engine: Engine, jobId: string): Promise<'done' | 'postponed' | 'skipped'> {
  const job = await engine.jobs.claimJob(jobId, engine.newToken(), engine.leaseMilliseconds)
  if (job === null) return 'skipped'
  try {
    return await perform(engine, job)
  } catch (error) {
    await engine.jobs.postponeJob(job, engine.clock.now(), String(error))
    throw error
  }
}

async function perform(engine: Engine, job: ClaimedJob): Promise<'done' | 'postponed'> {
  switch (job.kind) {
    case 'merge':
      await mergeRun(engine, job.tenant, job.runId)
      break
    case 'publish_copy':
      await copyReport(engine, job.tenant, job.runId)
      break
    case 'compact':
      await compactRun(engine, job.tenant, job.runId)
      break
    case 'webhook': {
      await engine.failpoint('before-webhook')
      const result = await engine.deliverWebhook(job)
      if (result.outcome === 'retry') {
        await engine.jobs.postponeJob(job, engine.clock.now() + result.delayMilliseconds, result.error)
        return 'postponed'
      }
      if (result.outcome === 'give_up') {
        await engine.jobs.killJob(job.id, result.error)
        return 'done'
      }
      break
    }
  }
  await engine.jobs.finishJob(job)
  await sendJobsOf(engine, job.tenant, job.runId)
  return 'done'
}
