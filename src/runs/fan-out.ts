/**
 * Fan-out: sends what was committed. Shard rows are the outbox, so sending may be repeated, reordered or lost without harm.
 * @module
 */
import type { Engine } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'

/** A queue takes 100 messages a batch. */
const BATCH = 100

/** Sends a message for every pending shard of a run that has none yet. */
export async function fanOut(engine: Engine, run: { tenant: string; runId: string; queue: WorkQueue }): Promise<number> {
  let sent = 0
  for (;;) {
    const shards = await engine.ledger.unsentShards(run.tenant, run.runId, BATCH)
    if (shards.length === 0) return sent
    await engine.queues.sendShards(run.queue, run.runId, shards)
    await engine.ledger.markSent(run.tenant, run.runId, shards)
    sent += shards.length
  }
}
