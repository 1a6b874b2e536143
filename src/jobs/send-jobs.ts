/**
 * Sends committed jobs to the control queue. The outbox row is authoritative: a lost message only delays its
 * job until the sweep sends another.
 * @module
 */
import type { JobStore } from '../contracts/jobs.ts'
import type { Queues } from '../contracts/ports.ts'

export interface SendJobsDependencies {
  readonly jobs: Pick<JobStore, 'unsentJobsOf' | 'markJobsSent'>
  readonly queues: Pick<Queues, 'sendJobs'>
}

/** Sends every due job of a run or an import. Returns their number. */
export async function sendJobsOf(dependencies: SendJobsDependencies, tenant: string, resourceId: string): Promise<number> {
  return send(dependencies, await dependencies.jobs.unsentJobsOf(tenant, resourceId))
}

/** Sends due jobs of all tenants, at most `limit`, the longest due first. Returns their number. */
export async function sendDueJobs(
  dependencies: Pick<SendJobsDependencies, 'queues'> & { readonly jobs: Pick<JobStore, 'unsentJobs' | 'markJobsSent'> },
  limit: number,
): Promise<number> {
  return send(dependencies, await dependencies.jobs.unsentJobs(limit))
}

async function send(
  { jobs, queues }: { readonly jobs: Pick<JobStore, 'markJobsSent'>; readonly queues: Pick<Queues, 'sendJobs'> },
  jobIds: readonly string[],
): Promise<number> {
  if (jobIds.length === 0) return 0
  await queues.sendJobs(jobIds)
  await jobs.markJobsSent(jobIds)
  return jobIds.length
}
