/**
 * What an administrator says about an external endpoint. A run only names one, so it can never pair an address of its own with a
 * secret of ours (DESIGN section 5).
 * @module
 */
import { z } from 'zod'

/** Set by us for every request; letting a configuration override them would break the body or leak past redaction. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['authorization', 'content-length', 'content-type', 'host'])

export const endpointConfig = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  /** Where `/chat/completions` is appended, usually ending in `/v1`. Judged by egress, not here. */
  base_url: z.url({ protocol: /^https?$/ }),
  /** Name of the binding that holds the bearer token; null for an endpoint that takes none. */
  secret_name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
    .nullable(),
  /** For one attempt. */
  timeout_ms: z.int().min(100).max(300_000).default(60_000),
  max_attempts: z.int().min(1).max(10).default(4),
  /** Requests under way in one shard. A Worker has six connections, which storage shares. */
  concurrency: z.int().min(1).max(6).default(4),
  /** Sent with every request. */
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
    .refine((headers) => Object.keys(headers).every((name) => !RESERVED_HEADERS.has(name.toLowerCase())), {
      error: `must not set ${[...RESERVED_HEADERS].join(', ')}`,
    })
    .optional(),
})

export type EndpointConfig = z.infer<typeof endpointConfig>
