/**
 * JSON as this API accepts it. Values that `JSON.parse` accepts but that storage or digests would change
 * silently are refused by field: lone surrogates (UTF-8 cannot encode them), U+0000 (SQLite's text functions
 * stop there), numbers that become infinite, the key `__proto__` (assigning it sets a prototype), and deep
 * nesting.
 * @module
 */
import { notJson } from '../../contracts/not-json.ts'
import { pointerOf } from '../../contracts/json-pointer.ts'
import { Fault, invalidField } from '../../contracts/failure.ts'

/** The deepest schema has six levels. */
const MAX_DEPTH = 32

/**
 * Parses JSON in UTF-8. A byte order mark is skipped.
 * @param what - the name of the document in the sentence
 * @throws {Fault} `invalid` for other bytes, and for values that this API does not take
 */
export function parseJson(bytes: Uint8Array, what = 'the body'): unknown {
  const value = parse(bytes, what)
  refuseUnsafe(value, [])
  return value
}

function parse(bytes: Uint8Array, what: string): unknown {
  if (bytes.length === 0) throw invalidField('', 'is empty; send JSON')
  const refuse = (why: string, cause: unknown): never => {
    const errors = [{ pointer: '', detail: 'must be JSON in UTF-8' }]
    throw new Fault({ kind: 'invalid', detail: `${what} ${why}`, errors }, { cause })
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    return refuse('is not UTF-8', cause)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    return refuse(notJson(cause), cause)
  }
}

function refuseUnsafe(value: unknown, path: readonly PropertyKey[]): void {
  if (typeof value === 'string') refuseUnsafeText(value, path)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw invalidField(pointerOf(path), 'is beyond the range of a number (about 1.8e308)')
  if (typeof value !== 'object' || value === null) return
  if (path.length === MAX_DEPTH) throw invalidField(pointerOf(path), `is nested more than ${MAX_DEPTH} levels deep`)
  if (Array.isArray(value)) return value.forEach((entry, index) => refuseUnsafe(entry, [...path, index]))
  for (const [key, entry] of Object.entries(value)) {
    const at = [...path, key]
    if (key === '__proto__') throw invalidField(pointerOf(at), 'is not a known field; remove it')
    refuseUnsafeText(key, at)
    refuseUnsafe(entry, at)
  }
}

function refuseUnsafeText(text: string, path: readonly PropertyKey[]): void {
  const wrong = unsafeText(text)
  if (wrong !== undefined) throw invalidField(pointerOf(path), wrong)
}

/** The reason why a text cannot be stored as it is; undefined if it can. */
export function unsafeText(text: string): string | undefined {
  if (!text.isWellFormed()) return 'holds half of a surrogate pair, which UTF-8 cannot hold'
  if (text.includes('\0')) return 'must not contain U+0000'
  return undefined
}
