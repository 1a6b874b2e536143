/**
 * Checks values and queries against a schema. Each wrong field is refused by name.
 * @module
 */
import type { z } from 'zod'
import { Fault, invalidField } from '../contracts/failure.ts'
import type { AppContext } from './app-context.ts'
import { fieldErrorsOf, pointerOf, sentenceOf } from './field-errors.ts'

/**
 * Reads and checks the query. Errors name a parameter as written, without a slash.
 * @throws {Fault} `invalid`, also for an unknown or repeated parameter, which must not be ignored silently
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
 * Checks a value, naming every wrong field.
 * @param place - the name of a path within the value; default: a JSON pointer
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
