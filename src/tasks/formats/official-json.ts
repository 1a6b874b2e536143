/**
 * What every reader of an official JSON file needs: parse, walk, and refuse by file, record and field.
 * @module
 */
import { Fault, type FieldError, unprocessableField } from '../../contracts/failure.ts'
import { countProblem, lengthProblem } from '../../contracts/text-limits.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

/** Field errors that one {@link Fault} lists; the rest are counted. */
const LISTED_PROBLEMS = 20

/**
 * Parses text; passes a parsed value through.
 * @param file - what to call the file in the failure, e.g. `annotations`.
 * @throws {Fault} `unprocessable` when the text is not JSON.
 */
export function parseOfficialJson(source: unknown, file: string): unknown {
  if (typeof source !== 'string') return source
  try {
    return JSON.parse(source.startsWith('\uFEFF') ? source.slice(1) : source)
  } catch (cause) {
    throw unprocessableField('', `the ${file} file is not JSON: ${(cause as Error).message}`)
  }
}

/** Maybe one: only an escape can smuggle it into text that was decoded from UTF-8. */
const LONE_SURROGATE = /\\u[dD][89a-fA-F]/

/** Whether what was parsed from `text` may hold a string that has no UTF-8 form: if not, none need be looked for. */
export function mayHoldHalves(text: string): boolean {
  return LONE_SURROGATE.test(text)
}

/**
 * @param text - what `value` was parsed from.
 * @throws {Fault} `unprocessable` when a string in it has no UTF-8 form: neither a digest of it could be taken nor could it be stored.
 */
export function refuseLoneSurrogates(text: string, value: unknown, pointer: string): void {
  if (mayHoldHalves(text)) refuseHalves(value, pointer)
}

/**
 * Not by recursion: a file may be nested deeper than the stack.
 * @throws {Fault} `unprocessable` for a string that has no UTF-8 form.
 */
export function refuseHalves(value: unknown, pointer: string): void {
  const open: { readonly value: unknown; readonly key: string; readonly parent: Place | undefined }[] = [
    { value, key: '', parent: undefined },
  ]
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value: current } = place
    if (typeof current === 'string' && !current.isWellFormed())
      throw unprocessableField(pointer + pathOf(place), 'holds half of a surrogate pair, which UTF-8 cannot hold')
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

/** A member's name as JSON pointers spell it (RFC 6901 section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands where an integer id should: JSON's numbers are doubles, which tell no integers apart beyond 2^53. */
function found(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`
  if (typeof value !== 'number') return typeName(value)
  if (Number.isInteger(value)) return `too large: integers above ${Number.MAX_SAFE_INTEGER} cannot be told apart in JSON`
  return `the number ${value}`
}

/** A value's JSON type, for a sentence about what was found instead. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * Gathers what is wrong with a file, so that one reading names many records. Getters return `undefined` after noting a problem.
 */
export class Problems {
  readonly #file: string
  readonly #listed: FieldError[] = []
  #count = 0

  /** @param file - what to call the file, e.g. `annotations`. */
  constructor(file: string) {
    this.#file = file
  }

  get count(): number {
    return this.#count
  }

  /** The first few, for a failure that says more than this class does. */
  get errors(): readonly FieldError[] {
    return this.#listed
  }

  note(pointer: string, detail: string): void {
    this.#count++
    if (this.#listed.length < LISTED_PROBLEMS) this.#listed.push({ pointer, detail })
  }

  record(value: unknown, pointer: string): JsonRecord | undefined {
    if (isRecord(value)) return value
    this.note(pointer, `must be an object, is ${typeName(value)}`)
    return undefined
  }

  list(value: unknown, pointer: string): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value
    this.note(pointer, `must be an array, is ${typeName(value)}`)
    return undefined
  }

  string(value: unknown, pointer: string): string | undefined {
    if (typeof value === 'string') return value
    this.note(pointer, `must be a string, is ${typeName(value)}`)
    return undefined
  }

  /** A caption, an answer, a question, a statement: text that metrics read, so its length is limited. */
  text(value: unknown, pointer: string): string | undefined {
    const text = this.string(value, pointer)
    return text === undefined || this.isShort(text, pointer) ? text : undefined
  }

  /** Whether a text is as short as `contracts/text-limits.ts` says. */
  isShort(text: string, pointer: string): boolean {
    const problem = lengthProblem(text)
    if (problem !== undefined) this.note(pointer, problem)
    return problem === undefined
  }

  /** A list of at most so many entries. */
  listOf(value: unknown, pointer: string, most: number): readonly unknown[] | undefined {
    const list = this.list(value, pointer)
    const problem = list && countProblem(list.length, most)
    if (problem !== undefined) this.note(pointer, problem)
    return problem === undefined ? list : undefined
  }

  /** An integer id, as text. Official loaders compare ids with their JSON type, so `"7"` is not `7`. */
  integerId(value: unknown, pointer: string): string | undefined {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
    this.note(pointer, `must be an integer id, is ${found(value)}`)
    return undefined
  }

  /** An id that may be an integer or a string, as text. */
  id(value: unknown, pointer: string): string | undefined {
    return typeof value === 'string' ? value : this.integerId(value, pointer)
  }

  finiteNumber(value: unknown, pointer: string): number | undefined {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    this.note(pointer, `must be a finite number, is ${typeName(value)}`)
    return undefined
  }

  /** Gives up a long reading early. @throws {Fault} `unprocessable` when no further problem would be listed. */
  throwIfMany(): void {
    if (this.#listed.length >= LISTED_PROBLEMS) this.throwIfAny()
  }

  /** @throws {Fault} `unprocessable` when anything was noted. */
  throwIfAny(): void {
    const first = this.#listed[0]
    if (first === undefined) return
    const rest = this.#count - 1
    throw new Fault({
      kind: 'unprocessable',
      detail: `${this.#file} file, ${first.pointer || 'top level'}: ${first.detail}${rest > 0 ? ` (and ${rest} more)` : ''}`,
      errors: this.#listed,
    })
  }
}

/** `1, 2, 3 and 40 more`: the first few of many ids. */
export function firstFew(ids: readonly string[], few = 5): string {
  const shown = ids.slice(0, few).join(', ')
  return ids.length > few ? `${shown} and ${ids.length - few} more` : shown
}

/** A file that is wrong as a whole. */
export function unprocessableFile(file: string, detail: string): Fault {
  return new Fault({ kind: 'unprocessable', detail: `${file} file: ${detail}`, errors: [{ pointer: '', detail }] })
}
