/**
 * What travels through the queues: versioned references.
 * @module
 */
import { z } from 'zod'

export const shardMessage = z.object({ v: z.literal(1), run: z.string(), shard: z.int().nonnegative() })
/** `job` is the id of an outbox row. */
export const controlMessage = z.object({ v: z.literal(1), job: z.string() })

export type ShardMessage = z.infer<typeof shardMessage>
export type ControlMessage = z.infer<typeof controlMessage>
