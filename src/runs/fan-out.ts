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
 * Most messages of one run that are on their way: a queue hands out messages in the order in which they came, so a run that starts later
 * waits for this many shards of an earlier one, however many that has. At the edge twice as many as consumers run side by side, at endpoints
 * four times (wrangler.toml).
 */
export const SHARDS_IN_FLIGHT: Readonly<Record<WorkQueue, number>> = { edge: 256, endpoint: 32 }

/**
 * Sends messages for pending shards of a run that have none yet, so that as many as may be are on their way. Called again whenever one has
 * ended; does nothing while more than half of them are left.
 * @param limit - at most so many; the sweep sends the rest.
 */
export async function fanOut(
  engine: Engine,
  run: { readonly tenant: string; readonly runId: string; readonly queue: WorkQueue },
  limit = Infinity,
): Promise<number> {
  const most = SHARDS_IN_FLIGHT[run.queue]
  const inFlight = await engine.runs.shardsInFlight(run.tenant, run.runId)
  if (inFlight > most / 2) return 0
  const room = Math.min(limit, most - inFlight)
  let sent = 0
  while (sent < room) {
    const shards = await engine.runs.unsentShards(run.tenant, run.runId, Math.min(BATCH, room - sent))
    if (shards.length === 0) break
    await engine.queues.sendShards(run.queue, run.runId, shards)
    await engine.runs.markSent(run.tenant, run.runId, shards)
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
