/**
 * Control jobs: what a committed change still owes. Each is claimed by a lease and may safely run more than once.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { ClaimedJob, Engine } from '../contracts/ports.ts'
import type { JobKind } from '../contracts/run.ts'
import { compactRun } from './compact.ts'
import { exhaustJob } from './dead-letter.ts'
import { sendJobsOf } from './fan-out.ts'
import { keepAlive } from './keep-alive.ts'
import { mergeRun } from './merge.ts'
import { copyReport } from './publish.ts'

/**
 * Starts after which a job is given up whatever became of them. A job that ends its isolate (memory, CPU time) throws nothing and
 * is never dead-lettered: without this bound it would be started again for ever. An import's count begins anew at each checkpoint.
 */
const MOST_CLAIMS: Readonly<Record<JobKind, number>> = { merge: 20, publish_copy: 100, compact: 100, webhook: 100, import: 20 }

/**
 * Merges that ended their isolate, before the run is given up: the rows are the same each time, so memory and CPU time are, too. Not the
 * first time, since a deployment or a power cut ends isolates as well.
 */
const MOST_VANISHED_MERGES = 5

/**
 * Handles one control message. `skipped`: somebody else does or did it, or it is not due yet; the message is done with.
 * @throws after giving the job back, on any infrastructure fault: the queue retries.
 */
export async function workJob(engine: Engine, jobId: string): Promise<'done' | 'postponed' | 'skipped' | 'given up'> {
  const job = await engine.jobs.claimJob(jobId, engine.newToken(), engine.leaseMilliseconds)
  if (job === null) return 'skipped'
  if (job.claims > MOST_CLAIMS[job.kind]) {
    await exhaustJob(engine, job, `started ${job.claims - 1} times and never ended`)
    return 'given up'
  }
  const vanished = job.claims - 1 - job.attempts
  if (job.kind === 'merge' && vanished >= MOST_VANISHED_MERGES) {
    await exhaustJob(
      engine,
      job,
      `the merge ended ${vanished} isolates without a word: it takes more memory or CPU time than there is`,
    )
    return 'given up'
  }
  try {
    return await keepAlive(
      engine,
      () => engine.jobs.renewJob(job, engine.leaseMilliseconds),
      () => perform(engine, job),
    )
  } catch (error) {
    // Should this fail too, the lease lapses by itself. The fault to report is the first.
    await engine.jobs.releaseJob(job, String(error)).catch(() => {})
    // What is missing or damaged is so at every attempt: the run ends, and says what it lacks.
    if (job.kind !== 'merge' || !(error instanceof Fault) || error.failure.kind !== 'damaged') throw error
    console.error({ message: 'merge failed', run: job.runId, error: error.message })
    await exhaustJob(engine, job, error.message)
    return 'given up'
  }
}

async function perform(engine: Engine, job: ClaimedJob): Promise<'done' | 'postponed' | 'skipped' | 'given up'> {
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
    case 'import': {
      const outcome = await engine.workImport(job)
      if (outcome === 'lost') return 'skipped'
      if (outcome === 'continue') {
        await sendJobsOf(engine, job.tenant, job.runId)
        return 'postponed'
      }
      break
    }
    case 'webhook': {
      await engine.failpoint('before-webhook')
      const result = await engine.deliverWebhook(job)
      if (result.outcome === 'retry') {
        await engine.jobs.postponeJob(job, engine.clock.now() + result.delayMilliseconds, result.error)
        return 'postponed'
      }
      if (result.outcome === 'give_up') {
        await engine.jobs.killJob(job.id, result.error)
        return 'given up'
      }
      break
    }
  }
  await engine.jobs.finishJob(job)
  await sendJobsOf(engine, job.tenant, job.runId)
  return 'done'
}
