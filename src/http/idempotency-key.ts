/**
 * The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-07).
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import type { AppContext } from './app-context.ts'

export const IDEMPOTENCY_KEY = 'Idempotency-Key'
/** Stripe's limit. */
const MAX_KEY = 255

/** The key of a request, or null. @throws {Fault} `invalid` */
export function idempotencyKeyOf(context: AppContext): string | null {
  const header = context.req.header(IDEMPOTENCY_KEY)
  return header === undefined ? null : parseKey(header)
}

/**
 * Accepts a quoted string as in the draft (RFC 8941, section 3.3.3), and a bare key as sent by Stripe's and
 * OpenAI's clients. Both forms denote the same key.
 * @throws {Fault} `invalid`, also for a repeated header, which the platform joins with a comma
 * @internal
 */
export function parseKey(header: string): string {
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header.trim())?.[1]
  const key =
    quoted === undefined
      ? /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/.exec(header.trim())?.[0]
      : quoted.replaceAll(/\\(.)/g, '$1')
  if (key === undefined || key === '' || key.length > MAX_KEY)
    throw invalidField(
      IDEMPOTENCY_KEY,
      `must be one key of 1–${MAX_KEY} visible ASCII characters, such as a UUID: bare, without comma, semicolon, quote or backslash, or in double quotes`,
    )
  return key
}
