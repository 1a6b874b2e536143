/**
 * Wire shapes of external models.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { createdAt, deletedOf, listOf, pageQueryOf } from '../../../contracts/wire/common.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

const name = z.string().regex(NAME, 'must be 1–64 characters of a–z, 0–9, ".", "_" or "-", starting with a letter or digit')

export const endpointCreate = z
  .strictObject({
    name: name.describe('Runs name the endpoint by it.'),
    base_url: z
      .url()
      .max(2048)
      .describe('The OpenAI-compatible base, e.g. `https://gpu.example.com/v1`; `/chat/completions` is appended.'),
    secret_name: z
      .string()
      .regex(/^ENDPOINT_SECRET_[A-Z0-9_]{1,48}$/, 'must look like ENDPOINT_SECRET_NAME')
      .nullish()
      .describe('Name of a Worker secret that begins with `ENDPOINT_SECRET_`; its value is sent as the bearer token.'),
    timeout_ms: z.int().min(1000).max(120_000).default(60_000).describe('Per attempt, in milliseconds.'),
    max_attempts: z.int().min(1).max(10).default(5).describe('Attempts per item, the first included.'),
    concurrency: z.int().min(1).max(6).default(4).describe('Requests at once per shard.'),
  })
  .openapi('EndpointCreate')

export const endpointObject = z
  .object({
    object: z.literal('endpoint'),
    name: z.string(),
    base_url: z.string().describe('Members see it without its query, which may hold a key.'),
    secret_name: z.string().nullable().describe('The name of the secret, never its value.'),
    timeout_ms: z.int(),
    max_attempts: z.int(),
    concurrency: z.int(),
    created_at: createdAt,
  })
  .openapi('Endpoint')

export const endpointList = listOf(endpointObject)
export const endpointQuery = pageQueryOf(NAME)
export const endpointDeleted = deletedOf('endpoint.deleted').openapi('EndpointDeleted')

export type EndpointObject = z.infer<typeof endpointObject>
