/**
 * JSON in files: parsing, type names, and values that can be neither digested nor stored: strings without a
 * UTF-8 form, and numbers beyond the range of a double.
 * @module
 */
import { notJson } from '../contracts/not-json.ts'
import { escapePointer } from '../contracts/json-pointer.ts'
import { unprocessableField } from '../contracts/failure.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

/**
 * Parses text; returns a parsed value unchanged.
 * @param file - name of the file in the failure, e.g. `annotations`
 * @throws {Fault} `unprocessable` if the text is not JSON
 */
export function parseOfficialJson(source: unknown, file: string): unknown {
  if (typeof source !== 'string') return source
  try {
    return JSON.parse(source.startsWith('\uFEFF') ? source.slice(1) : source)
  } catch (cause) {
    throw unprocessableField('', `the ${file} file ${notJson(cause)}`)
  }
}

/** Necessary, not sufficient: text decoded from UTF-8 can contain a lone surrogate only as an escape. */
const LONE_SURROGATE = /\\u[dD][89a-fA-F]/

/** Necessary, not sufficient, for a number that `JSON.parse` reads as infinite. */
const OVERFLOW = /[eE]\+?\d{3}|\d{200}/

/** The sentence about an infinite number. */
const BEYOND_RANGE = 'is beyond the range of a number (about 1.8e308)'

/** Whether a value parsed from `text` may be one that cannot be stored. If not, no search is needed. */
export function mayBeUnstorable(text: string): boolean {
  return LONE_SURROGATE.test(text) || OVERFLOW.test(text)
}

/**
 * @param text - JSON text of `value`
 * @throws {Fault} `unprocessable` as {@link refuseUnstorable}
 */
export function refuseUnstorableIn(text: string, value: unknown, pointer: string): void {
  if (mayBeUnstorable(text)) refuseUnstorable(value, pointer)
}

/**
 * Not recursive: a file may be nested deeper than the stack.
 * @throws {Fault} `unprocessable` for a string without a UTF-8 form, or an infinite number
 */
export function refuseUnstorable(value: unknown, pointer: string): void {
  const open: { readonly value: unknown; readonly key: string; readonly parent: Place | undefined }[] = [
    { value, key: '', parent: undefined },
  ]
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value: current } = place
    if (typeof current === 'string' && !current.isWellFormed())
      throw unprocessableField(pointer + pathOf(place), 'holds half of a surrogate pair, which UTF-8 cannot represent')
    if (typeof current === 'number' && !Number.isFinite(current)) throw unprocessableField(pointer + pathOf(place), BEYOND_RANGE)
    if (typeof current === 'object' && current !== null)
      for (const [key, entry] of Object.entries(current).toReversed()) open.push({ value: entry, key, parent: place })
  }
}

interface Place {
  readonly key: string
  readonly parent: Place | undefined
}

function pathOf(place: Place): string {
  const keys: string[] = []
  for (let at = place; at.parent !== undefined; at = at.parent) keys.push(`/${escapePointer(at.key)}`)
  return keys.toReversed().join('')
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value's JSON type, for messages about an unexpected value. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
