/**
 * JSON bodies of endpoints, checked against a schema.
 * @module
 */
import type { z } from 'zod'
import { SampleError } from '../../contracts/model.ts'
import { type ReportedError, reportedError } from './reported-error.ts'

/** @throws {SampleError} `endpoint_bad_response`. @param what - its name, such as "a batch" */
export function parseJsonBody<Schema extends z.ZodType>(
  schema: Schema,
  source: Uint8Array | string,
  what: string,
): z.output<Schema> {
  return checked(schema, parseJson(typeof source === 'string' ? source : utf8(source)), what)
}

/**
 * A body that may report an error in place of its answer.
 * @throws {SampleError} `endpoint_bad_response`. @param what - its name
 */
export function parseReply<Schema extends z.ZodType>(
  schema: Schema,
  source: Uint8Array,
  what: string,
): { readonly reported: ReportedError } | { readonly body: z.output<Schema> } {
  const value = parseJson(source)
  const reported = reportedError(value)
  return reported !== null ? { reported } : { body: checked(schema, value, what) }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw bad(`the endpoint's answer is not ${what}: /${issue.path.join('/')}: ${issue.message}`)
}

/** `JSON.stringify` fails on what is nested a few thousand levels deep, and an answer is passed on. */
const MOST_LEVELS = 64

/** @throws {SampleError} `endpoint_bad_response`, also for a value of more than {@link MOST_LEVELS} levels */
function parseJson(source: Uint8Array | string): unknown {
  const text = typeof source === 'string' ? source : utf8(source)
  const value = parsed(text)
  if (isDeeper(value, MOST_LEVELS)) throw bad(`the endpoint's answer is nested more than ${MOST_LEVELS} levels deep`)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw bad("the endpoint's answer is not JSON", cause)
  }
}

function isDeeper(value: unknown, most: number): boolean {
  const isHolder = (one: unknown): one is object => typeof one === 'object' && one !== null
  let holders = [value].filter(isHolder)
  for (let level = 0; level < most && holders.length > 0; level++)
    holders = holders.flatMap((holder) => (Object.values(holder) as unknown[]).filter(isHolder))
  return holders.length > 0
}

/** @throws {SampleError} `endpoint_bad_response` */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw bad("the endpoint's answer is not JSON", cause)
  }
}

const bad = (message: string, cause?: unknown) => new SampleError('endpoint_bad_response', message, { cause })
