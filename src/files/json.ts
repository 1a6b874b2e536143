/**
 * JSON in files: parsing, type names, and strings that UTF-8 cannot represent.
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

/**
 * Whether a value parsed from `text` may contain a string without a UTF-8 form. If not, no search is needed.
 */
export function mayHoldHalves(text: string): boolean {
  return LONE_SURROGATE.test(text)
}

/**
 * @param text - JSON text of `value`
 * @throws {Fault} `unprocessable` for a string without a UTF-8 form, which can be neither digested nor stored
 */
export function refuseLoneSurrogates(text: string, value: unknown, pointer: string): void {
  if (mayHoldHalves(text)) refuseHalves(value, pointer)
}

/**
 * Not recursive: a file may be nested deeper than the stack.
 * @throws {Fault} `unprocessable` for a string without a UTF-8 form
 */
export function refuseHalves(value: unknown, pointer: string): void {
  const open: { readonly value: unknown; readonly key: string; readonly parent: Place | undefined }[] = [
    { value, key: '', parent: undefined },
  ]
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value: current } = place
    if (typeof current === 'string' && !current.isWellFormed())
      throw unprocessableField(pointer + pathOf(place), 'holds half of a surrogate pair, which UTF-8 cannot represent')
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
