/**
 * Reading what a client sent: bounded, parsed, checked, and refused by field.
 * @module
 */
import type { z } from 'zod'
import { Fault, invalidField } from '../contracts/failure.ts'
import type { AppContext } from './app-context.ts'
import { fieldErrorsOf, pointerOf, sentenceOf } from './field-errors.ts'
import { holdBody } from './hold-body.ts'
import { parseJson } from './parse-json.ts'

export const JSON_LIMIT = 1024 * 1024

/** What a JSON body takes while it is read, in multiples of its length: the body, its text and its value. */
const JSON_WEIGHT = 4

/** Reads and checks a JSON body. @throws {Fault} `invalid`, `too_large` or `unsupported_media`. */
export function readJson<Schema extends z.ZodType>(
  context: AppContext,
  schema: Schema,
  limit = JSON_LIMIT,
  what = 'request body',
): Promise<z.infer<Schema>> {
  return holdJson(context, limit, what, async (bytes) => check(schema, parseJson(bytes)))
}

/** Gives `use` a body that says it is JSON in UTF-8. @throws {Fault} `too_large` or `unsupported_media` */
export function holdJson<T>(
  context: AppContext,
  limit: number,
  what: string,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  const type = mediaType(context)
  if (type !== 'application/json')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be application/json, not ${type || 'without a content type'}`,
      accepted: ['application/json'],
    })
  const charset = /;\s*charset="?([^";]+)/i.exec(context.req.header('content-type')!)?.[1]
  if (charset !== undefined && charset.trim().toLowerCase() !== 'utf-8')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be JSON in UTF-8, not ${charset}`,
      accepted: ['application/json'],
    })
  return holdBody(context, { limit, weight: JSON_WEIGHT, what }, use)
}

/**
 * Reads and checks the query. Fields are named as they stand there, without a slash.
 * @throws {Fault} `invalid`, also for a parameter that nobody reads or that is there twice: neither may be a silent default.
 */
export function readQuery<Schema extends z.ZodObject>(context: AppContext, schema: Schema): z.infer<Schema> {
  const { searchParams } = new URL(context.req.url)
  const known = Object.keys(schema.shape)
  for (const name of new Set(searchParams.keys())) {
    if (!known.includes(name))
      throw invalidField(
        name,
        `is not a known query parameter; ${known.length > 0 ? `known are ${known.join(', ')}` : 'this route takes none'}`,
      )
    if (searchParams.getAll(name).length > 1) throw invalidField(name, 'was given more than once')
  }
  return check(schema, Object.fromEntries(searchParams), fieldName)
}

/**
 * Checks a value, naming every offending field.
 * @param place - the name of a path within the value; a JSON pointer unless given.
 * @throws {Fault} `invalid`
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: (path: readonly PropertyKey[]) => string = pointerOf,
): z.infer<Schema> {
  const parsed = schema.safeParse(value, { error: sentenceOf })
  if (parsed.success) return parsed.data
  const errors = fieldErrorsOf(parsed.error.issues, place).slice(0, 20)
  const [first] = errors
  throw new Fault({ kind: 'invalid', detail: `${first!.pointer || 'body'}: ${first!.detail}`, errors })
}

/** The name of a form field or query parameter. */
export const fieldName = (path: readonly PropertyKey[]) => String(path[0] ?? '')

export function mediaType(context: AppContext): string {
  return (context.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
