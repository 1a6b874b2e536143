/**
 * Fan-out: sends committed shards. Their rows are the outbox, so a send may be repeated, reordered or lost
 * without harm. Shards are sent first and marked afterwards: a crash in between repeats a message but never
 * loses one.
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
 * Most messages of one run in flight. A queue delivers in order of arrival, so a later run waits for at most
 * this many shards of an earlier one. Twice the number of concurrent consumers at the edge, four times at
 * endpoints (wrangler.toml).
 * @internal
 */
export const SHARDS_IN_FLIGHT: Readonly<Record<WorkQueue, number>> = { edge: 256, endpoint: 32 }

/**
 * Sends pending shards of a run up to {@link SHARDS_IN_FLIGHT}. Called whenever a shard has ended. Does
 * nothing while more than half of the limit is in flight.
 * @param limit - most shards to send; the sweep sends the rest
 * @returns the number sent
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
