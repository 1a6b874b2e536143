/**
 * Problems of a file, gathered while it is read: each names its place and what is wrong there.
 * @module
 */
import { Fault, type FieldError } from '../contracts/failure.ts'
import { countProblem, lengthProblem } from '../contracts/text-limits.ts'
import { isRecord, type JsonRecord, typeName } from './json.ts'

/** Field errors that one {@link Fault} lists; the rest are counted. */
const LISTED_PROBLEMS = 20

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

/** What stands where an integer id should: JSON's numbers are doubles, which tell no integers apart beyond 2^53. */
function found(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`
  if (typeof value !== 'number') return typeName(value)
  if (Number.isInteger(value)) return `too large: integers above ${Number.MAX_SAFE_INTEGER} cannot be told apart in JSON`
  return `the number ${value}`
}
