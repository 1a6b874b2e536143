/**
 * Shapes shared by many routes.
 * @module
 */
import { z } from '@hono/zod-openapi'

/** OpenAI's rule: 16 pairs, keys ≤ 64 characters, values ≤ 512. */
export const metadata = z
  .record(
    z.string().max(64, 'must have a key of at most 64 characters'),
    z.string().max(512, 'must be a text of at most 512 characters'),
  )
  .refine((pairs) => Object.keys(pairs).length <= 16, 'must have at most 16 pairs')

/** An id in a body. Its object need not exist. */
export const id = z.string().min(1).max(256)

/**
 * A whole number in a query, in decimal digits only. `Number` would also accept `0x27`, `1e2`, `+5` and ` 5`.
 * @param preset - default for a query without it
 */
export function wholeNumberInQuery(least: number, most: number, preset: number) {
  return (
    z
      .string()
      .regex(/^[0-9]+$/, 'must be a whole number in decimal digits')
      // Larger numbers are all too large for the limits.
      .transform((digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER))
      .pipe(z.int().min(least).max(most))
      .default(preset)
      .openapi({ type: 'integer', minimum: least, maximum: most, default: preset })
  )
}

/**
 * The query of a list. The cursor must have the form of this list's ids: another list's cursor would give an
 * arbitrary page. Its object may have been deleted.
 * @param shape - of the list's ids
 */
export function pageQueryOf(shape: RegExp) {
  return z.object({
    limit: wholeNumberInQuery(1, 100, 20).describe('Objects per page.'),
    after: z
      .string()
      .regex(shape, 'must be an id of this list: the last_id of the page before')
      .optional()
      .describe('`last_id` of the page before.'),
    order: z.enum(['asc', 'desc']).default('asc').describe('Order of creation.'),
  })
}

/** Ids that sort by creation time: a prefix and 32 hex digits. */
export const sortableId = (prefix: string) => new RegExp(`^${prefix}[0-9a-f]{32}$`)

/**
 * A named schema, or null. `schema.nullable()` would become `allOf` of a reference and `{type: [object,
 * null]}` in the document, which null never satisfies.
 */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()])

/** Time of creation, in Unix seconds. */
export const createdAt = z.int().describe('Time of creation, in Unix seconds.')

/** OpenAI's list envelope. */
export function listOf<Element extends z.ZodType>(element: Element) {
  return z.object({
    object: z.literal('list'),
    data: z.array(element).describe('One page.'),
    first_id: z.string().nullable().describe('Id of the first object of the page; null for an empty page.'),
    last_id: z.string().nullable().describe('Id of the last object of the page: `after` of the next request.'),
    has_more: z.boolean().describe('Whether another page follows.'),
  })
}

/** The response to a deletion. @param object - the object type of a deleted object */
export const deletedOf = <Name extends string>(object: Name) =>
  z.object({ object: z.literal(object), id: z.string(), deleted: z.literal(true) })

/**
 * RFC 9457 problem details with the offending fields. On OpenAI-compatible paths the body also has `error`.
 */
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
    /** With 413: the limit, and its unit. */
    limit: z.number().optional(),
    unit: z.string().optional(),
    /** With 415: accepted media types. */
    accepted: z.array(z.string()).optional(),
    error: z
      .object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string().nullable() })
      .optional(),
  })
  .openapi('Problem')

/** A file of a multipart form, for the document. `http/body/form.ts` reads it. */
export const formFile = (description: string) => z.string().openapi({ format: 'binary', description })

/** Several files under one field name of a multipart form. */
export const formFiles = (description: string) =>
  z
    .array(z.string().openapi({ format: 'binary' }))
    .optional()
    .describe(description)
