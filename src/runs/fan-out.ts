/**
 * Fan-out: sends committed shards. Their rows are the outbox, so a send may be repeated, reordered or lost without harm.
 * Sent first, then marked: after a crash in between a message is sent twice, never not at all.
 * @module
 */
import type { Queues, RunStore } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'

export interface FanOutDependencies {
  readonly runs: Pick<RunStore, 'shardsInFlight' | 'unsentShards' | 'markSent'>
  readonly queues: Pick<Queues, 'sendShards'>
}

export interface FanOutRun {
  readonly tenant: string
  readonly runId: string
  readonly queue: WorkQueue
}

/** Messages per batch: the platform's limit. */
const BATCH = 100

/**
 * The most messages of one run that are on their way. A queue delivers in the order of arrival, so a later run waits for
 * this many shards of an earlier one, however many that has. Twice the consumers that run side by side at the edge, four
 * times at endpoints (wrangler.toml).
 * @internal
 */
export const SHARDS_IN_FLIGHT: Readonly<Record<WorkQueue, number>> = { edge: 256, endpoint: 32 }

/**
 * Sends pending shards of a run up to {@link SHARDS_IN_FLIGHT}. Called whenever a shard has ended; does nothing while
 * more than half of the allowance is on its way.
 * @param limit - sends at most so many; the sweep sends the rest.
 * @returns how many were sent.
 */
export async function fanOut({ runs, queues }: FanOutDependencies, run: FanOutRun, limit = Infinity): Promise<number> {
  const most = SHARDS_IN_FLIGHT[run.queue]
  const inFlight = await runs.shardsInFlight(run.tenant, run.runId)
  if (inFlight > most / 2) return 0
  const room = Math.min(limit, most - inFlight)
  let sent = 0
  while (sent < room) {
    const shards = await runs.unsentShards(run.tenant, run.runId, Math.min(BATCH, room - sent))
    if (shards.length === 0) break
    await queues.sendShards(run.queue, run, shards)
    await runs.markSent(run.tenant, run.runId, shards)
    sent += shards.length
  }
  return sent
}
