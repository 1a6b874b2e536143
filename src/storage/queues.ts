/**
 * {@link Queues} over Cloudflare Queues. Messages are references, never content.
 * @module
 */
import type { Queues } from '../contracts/ports.ts'
import type { ControlMessage, ShardMessage } from '../contracts/message.ts'

export function createQueues(bindings: {
  edge: Queue<ShardMessage>
  endpoint: Queue<ShardMessage>
  control: Queue<ControlMessage>
}): Queues {
  return {
    async sendShards(queue, run, shards) {
      // 100 messages a batch is the platform's limit.
      for (let start = 0; start < shards.length; start += 100)
        await bindings[queue].sendBatch(shards.slice(start, start + 100).map((shard) => ({ body: { v: 1, run, shard } })))
    },
    async sendJob(job, delaySeconds) {
      await bindings.control.send({ v: 1, job }, delaySeconds === undefined ? {} : { delaySeconds })
    },
  }
}
