/**
 * A JSON body: bounded, parsed, checked, and refused by field.
 * @module
 */
import type { z } from 'zod'
import { Fault } from '../../contracts/failure.ts'
import { STORE_PICTURES } from '../../contracts/picture-advice.ts'
import type { AppContext } from '../app-context.ts'
import { check } from '../check.ts'
import { type BodyBounds, holdBody } from './hold-body.ts'
import { mediaType } from './media-type.ts'
import { parseJson } from './parse-json.ts'

/**
 * Bytes of any JSON body. Its text and its strings cannot be released, only collected, so a picture in JSON
 * costs an isolate up to four times its size (test/e2e/memory.test.ts measures it).
 */
export const JSON_LIMIT = 2 ** 20

const JSON_BOUNDS = { limit: JSON_LIMIT, remedy: `${STORE_PICTURES}, and items as a file (POST /v1/files)` }

/**
 * Memory that a JSON body takes while it is read, in multiples of its length: the body, its text and its
 * value.
 */
const JSON_WEIGHT = 4

/** Reads and checks a JSON body. @throws {Fault} `invalid`, `too_large` or `unsupported_media` */
export function readJson<Schema extends z.ZodType>(context: AppContext, schema: Schema): Promise<z.infer<Schema>> {
  return holdJson(context, JSON_BOUNDS, async (bytes) => check(schema, parseJson(bytes)))
}

/**
 * Reads a body that is declared as JSON in UTF-8, unparsed.
 * @throws {Fault} `too_large` or `unsupported_media`; what {@link holdBody} throws
 */
export function holdJson<T>(
  context: AppContext,
  bounds: Omit<BodyBounds, 'weight'>,
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  const type = mediaType(context)
  if (type !== 'application/json')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be application/json, ${type ? `not ${type}` : 'and has no content type'}`,
      accepted: ['application/json'],
    })
  const charset = /;\s*charset="?([^";]+)/i.exec(context.req.header('content-type')!)?.[1]
  if (charset !== undefined && charset.trim().toLowerCase() !== 'utf-8')
    throw new Fault({
      kind: 'unsupported_media',
      detail: `the body must be JSON in UTF-8, not ${charset}`,
      accepted: ['application/json'],
    })
  return holdBody(context, { ...bounds, weight: JSON_WEIGHT }, use)
}
