/**
 * Shapes that many routes share.
 * @module
 */
import { z } from '@hono/zod-openapi'

/** OpenAI's rule: 16 pairs, keys ≤ 64 characters, values ≤ 512. */
export const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs are allowed')

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** Id of the last object of the page before. */
  after: z.string().optional(),
  order: z.enum(['asc', 'desc']).default('asc'),
})

/** OpenAI's list envelope. */
export function listOf<Element extends z.ZodType>(element: Element) {
  return z.object({
    object: z.literal('list'),
    data: z.array(element),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })
}

/** RFC 9457 problem details with the offending fields; on OpenAI-compatible paths the body carries `error` as well. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    error: z
      .object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string().nullable() })
      .optional(),
  })
  .openapi('Problem')
