/**
 * Messages of the queues: versioned references, never content.
 * @module
 */
import { z } from 'zod'

/**
 * Version 1 had no tenant. A message of version 1 is refused and ends in the dead-letter queue. The sweep
 * then sends the shard again, as version 2.
 */
export const shardMessage = z.object({
  v: z.literal(2),
  tenant: z.string(),
  run: z.string(),
  shard: z.int().nonnegative(),
})
/** `job` is the id of an outbox row. */
export const controlMessage = z.object({ v: z.literal(1), job: z.string() })

export type ShardMessage = z.infer<typeof shardMessage>
export type ControlMessage = z.infer<typeof controlMessage>
