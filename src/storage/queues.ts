/**
 * {@link Queues} over Cloudflare Queues. Messages are references, never content.
 * @module
 */
import type { ControlMessage, ShardMessage } from '../contracts/message.ts'
import type { Queues } from '../contracts/ports.ts'

/** Messages per batch: the platform's limit. */
const BATCH = 100

export interface QueueBindings {
  readonly edge: Queue<ShardMessage>
  readonly endpoint: Queue<ShardMessage>
  readonly control: Queue<ControlMessage>
}

export function createQueues(bindings: QueueBindings, capacity: Queues['capacity']): Queues {
  return {
    capacity,
    sendShards: (queue, { tenant, runId }, shards) =>
      sendAll(
        bindings[queue],
        shards.map((shard) => ({ v: 2, tenant, run: runId, shard })),
      ),
    sendJobs: (jobs) =>
      sendAll(
        bindings.control,
        jobs.map((job) => ({ v: 1, job })),
      ),
  }
}

async function sendAll<Message>(queue: Queue<Message>, messages: readonly Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += BATCH)
    await queue.sendBatch(messages.slice(start, start + BATCH).map((body) => ({ body })))
}
