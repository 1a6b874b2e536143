/**
 * Outbox worker: claims a job, calls the handler of its kind, and records the outcome. Independent of the
 * kinds of job.
 * @module
 */
import type { ClaimedJob, Job, JobHandler, JobHandlers, JobOutcome, JobStore } from '../contracts/jobs.ts'
import type { Clock } from '../contracts/ports.ts'
import { keepAlive, type LeaseDependencies } from './keep-alive.ts'
import { sendJobsOf, type SendJobsDependencies } from './send-jobs.ts'

/** Delay of a job whose queue deliveries are used up. */
const DEAD_LETTER_DELAY_MILLISECONDS = 60 * 60 * 1000

export interface GiveUpJobDependencies extends SendJobsDependencies {
  readonly handlers: JobHandlers
  readonly jobs: SendJobsDependencies['jobs'] & Pick<JobStore, 'killJob'>
}

export interface WorkJobDependencies extends GiveUpJobDependencies, LeaseDependencies {
  readonly clock: Clock
  readonly jobs: GiveUpJobDependencies['jobs'] &
    Pick<JobStore, 'claimJob' | 'renewJob' | 'finishJob' | 'postponeJob' | 'yieldJob' | 'releaseJob'>
}

export interface DeadJobDependencies extends GiveUpJobDependencies {
  readonly clock: Clock
  readonly jobs: GiveUpJobDependencies['jobs'] & Pick<JobStore, 'findJob' | 'deferJob'>
}

/**
 * Handles one control message.
 * @returns `skipped`: the job is not due, done, or leased by another attempt. The message is finished in
 *   every case.
 * @throws after releasing the job, on any infrastructure fault; the queue retries
 */
export async function workJob(
  dependencies: WorkJobDependencies,
  jobId: string,
): Promise<'done' | 'postponed' | 'skipped' | 'given up'> {
  const { jobs, handlers, leaseMilliseconds } = dependencies
  const job = await jobs.claimJob(jobId, dependencies.newToken(), leaseMilliseconds)
  if (job === null) return 'skipped'
  const handler = handlers[job.kind]
  const hopeless = reasonToGiveUp(job, handler)
  if (hopeless !== null) {
    await giveUpJob(dependencies, job, hopeless)
    return 'given up'
  }
  try {
    return await keepAlive(
      dependencies,
      () => jobs.renewJob(job, leaseMilliseconds),
      async () => settle(dependencies, job, await handler.perform(job)),
    )
  } catch (error) {
    // If the release fails too, the lease expires by itself. The first fault is the one to report.
    await jobs.releaseJob(job, String(error), { countsAsAttempt: handler.crashes !== undefined }).catch(() => {})
    if (!handler.isFinal?.(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    console.error({ message: 'job failed for good', job: job.id, error: reason })
    await giveUpJob(dependencies, job, reason)
    return 'given up'
  }
}

/** Handles a control message whose deliveries are used up. A leased job is left to its holder. */
export async function handleDeadJob(dependencies: DeadJobDependencies, jobId: string): Promise<void> {
  const { jobs, handlers, clock } = dependencies
  const job = await jobs.findJob(jobId)
  if (job === null) return
  const { deadLetterReason } = handlers[job.kind]
  if (deadLetterReason === undefined) await jobs.deferJob(jobId, clock.now() + DEAD_LETTER_DELAY_MILLISECONDS)
  else await giveUpJob(dependencies, job, job.lastError ?? deadLetterReason)
}

function reasonToGiveUp({ claims, attempts }: ClaimedJob, { mostClaims, crashes }: JobHandler): string | null {
  if (claims > mostClaims) return `started ${claims - 1} times and never ended`
  const crashed = claims - 1 - attempts
  return crashes !== undefined && crashed >= crashes.most ? crashes.reason(crashed) : null
}

/** Fails the job's subject, then the job, and sends the jobs that follow from the failure. */
async function giveUpJob(dependencies: GiveUpJobDependencies, job: Job, reason: string): Promise<void> {
  await dependencies.handlers[job.kind].giveUp?.(job, reason)
  await dependencies.jobs.killJob(job.id, reason)
  await sendJobsOf(dependencies, job.tenant, job.resource.id)
}

async function settle(
  dependencies: WorkJobDependencies,
  job: ClaimedJob,
  result: JobOutcome,
): Promise<'done' | 'postponed' | 'skipped' | 'given up'> {
  const { jobs, clock } = dependencies
  switch (result.outcome) {
    case 'lost':
      return 'skipped'
    case 'retry':
      await jobs.postponeJob(job, clock.now() + result.delayMilliseconds, result.error)
      return 'postponed'
    case 'give_up':
      await jobs.killJob(job.id, result.error)
      return 'given up'
    case 'continue':
      await jobs.yieldJob(job)
      await sendJobsOf(dependencies, job.tenant, job.resource.id)
      return 'postponed'
    case 'done':
      await jobs.finishJob(job)
      await sendJobsOf(dependencies, job.tenant, job.resource.id)
      return 'done'
  }
}
