/**
 * Fan-out: sends what was committed. Rows of shards and jobs are the outbox, so sending may be repeated, reordered or lost without
 * harm. Sent first, then marked: cut off in between, a message is sent twice, never not at all.
 * @module
 */
import type { Engine } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'

/** A queue takes 100 messages a batch. */
const BATCH = 100

/**
 * Sends a message for every pending shard of a run that has none yet.
 * @param limit - at most so many; the sweep sends the rest.
 */
export async function fanOut(
  engine: Engine,
  run: { readonly tenant: string; readonly runId: string; readonly queue: WorkQueue },
  limit = Infinity,
): Promise<number> {
  let sent = 0
  while (sent < limit) {
    const shards = await engine.ledger.unsentShards(run.tenant, run.runId, Math.min(BATCH, limit - sent))
    if (shards.length === 0) break
    await engine.queues.sendShards(run.queue, run.runId, shards)
    await engine.ledger.markSent(run.tenant, run.runId, shards)
    sent += shards.length
  }
  return sent
}

/** Tells the control queue about every job of a run that is due. Losing a message only delays it: the sweep sends it again. */
export async function sendJobsOf(engine: Engine, tenant: string, runId: string): Promise<number> {
  return sendJobs(engine, await engine.jobs.unsentJobsOf(tenant, runId))
}

export async function sendJobs(engine: Engine, jobIds: readonly string[]): Promise<number> {
  if (jobIds.length === 0) return 0
  await engine.queues.sendJobs(jobIds)
  await engine.jobs.markJobsSent(jobIds)
  return jobIds.length
}
