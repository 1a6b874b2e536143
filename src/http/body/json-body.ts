/**
 * A JSON body: bounded, parsed, checked, and refused by field.
 * @module
 */
import type { z } from 'zod'
import { Fault } from '../../contracts/failure.ts'
import type { AppContext } from '../app-context.ts'
import { check } from '../check.ts'
import { holdBody } from './hold-body.ts'
import { mediaType } from './media-type.ts'
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
