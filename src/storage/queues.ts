/**
 * {@link Queues} over Cloudflare Queues. Messages are references, never content.
 * @module
 */
import type { Queues } from '../contracts/ports.ts'
import type { ControlMessage, ShardMessage } from '../contracts/message.ts'

/** Messages a batch: the platform's limit. */
const BATCH = 100

export function createQueues(bindings: {
  edge: Queue<ShardMessage>
  endpoint: Queue<ShardMessage>
  control: Queue<ControlMessage>
}): Queues {
  return {
    async sendShards(queue, run, shards) {
      for (let start = 0; start < shards.length; start += BATCH)
        await bindings[queue].sendBatch(shards.slice(start, start + BATCH).map((shard) => ({ body: { v: 1, run, shard } })))
    },
    async sendJobs(jobs) {
      for (let start = 0; start < jobs.length; start += BATCH)
        await bindings.control.sendBatch(jobs.slice(start, start + BATCH).map((job) => ({ body: { v: 1, job } })))
    },
  }
}
