/**
 * Checks values and queries against a schema. Each wrong field is refused by name.
 * @module
 */
import { pointerOf } from '../contracts/json-pointer.ts'
import { z } from 'zod'
import { Fault, invalidField } from '../contracts/failure.ts'
import type { AppContext } from './app-context.ts'
import { fieldErrorsOf, sentenceOf } from '../contracts/field-errors.ts'

/**
 * Reads and checks the query. Errors name a parameter as written, without a slash. Pairs of a record are
 * parameters of their own, `metadata[key]=value`, as OpenAI's clients write them.
 * @throws {Fault} `invalid`, also for an unknown or repeated parameter, which must not be ignored silently
 */
export function readQuery<Schema extends z.ZodObject>(context: AppContext, schema: Schema): z.infer<Schema> {
  const { searchParams } = new URL(context.req.url)
  const known = Object.keys(schema.shape)
  const values = new Map<string, unknown>()
  for (const name of new Set(searchParams.keys())) {
    const given = searchParams.getAll(name)
    const [, record, key] = /^(\w+)\[([^\]]*)\]$/.exec(name) ?? []
    const isPair = record !== undefined && known.includes(record) && holdsPairs(schema.shape[record])
    if (!isPair && !known.includes(name))
      throw invalidField(
        name,
        `is not a known query parameter; ${known.length > 0 ? `known are ${known.join(', ')}` : 'this route takes none'}`,
      )
    if (given.length > 1) throw invalidField(name, 'was given more than once')
    // A record without a prototype would lose this one pair in silence, and with it the condition.
    if (isPair && key === '__proto__') throw invalidField(name, 'is not a name of a pair; take another one')
    if (isPair) values.set(record, { ...(values.get(record) as object | undefined), [key!]: given[0] })
    else values.set(name, given[0])
  }
  return check(schema, Object.fromEntries(values), fieldName)
}

const holdsPairs = (schema: unknown): boolean =>
  schema instanceof z.ZodOptional ? holdsPairs(schema.unwrap()) : schema instanceof z.ZodRecord

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
