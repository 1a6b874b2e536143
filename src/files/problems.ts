/**
 * Problems of a file, collected while reading. Each names its place and its fault.
 * @module
 */
import { Fault, type FieldError } from '../contracts/failure.ts'
import { countProblem, lengthProblem } from '../contracts/text-limits.ts'
import { isRecord, type JsonRecord, typeName } from './json.ts'

/** Most field errors in one {@link Fault}. The rest are counted. */
const LISTED_PROBLEMS = 20

/**
 * Collects a file's problems, so that one pass reports many records. Getters return `undefined` after
 * recording a problem.
 */
export class Problems {
  readonly #file: string
  readonly #listed: FieldError[] = []
  #count = 0

  /** @param file - name of the file in failures, e.g. `annotations` */
  constructor(file: string) {
    this.#file = file
  }

  get count(): number {
    return this.#count
  }

  /** The first problems, for a failure with more detail. */
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

  /** A text that metrics read (caption, answer, question, statement), of limited length. */
  text(value: unknown, pointer: string): string | undefined {
    const text = this.string(value, pointer)
    return text === undefined || this.isShort(text, pointer) ? text : undefined
  }

  /** Whether a text is within the limits of `contracts/text-limits.ts`. */
  isShort(text: string, pointer: string): boolean {
    const problem = lengthProblem(text)
    if (problem !== undefined) this.note(pointer, problem)
    return problem === undefined
  }

  /** A list of at most `most` entries. */
  listOf(value: unknown, pointer: string, most: number): readonly unknown[] | undefined {
    const list = this.list(value, pointer)
    const problem = list && countProblem(list.length, most)
    if (problem !== undefined) this.note(pointer, problem)
    return problem === undefined ? list : undefined
  }

  /** An integer id, as text. Official loaders compare ids by JSON type, so `"7"` is not `7`. */
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

  /** Ends a long reading early. @throws {Fault} `unprocessable` if further problems would not be listed */
  throwIfMany(): void {
    if (this.#listed.length >= LISTED_PROBLEMS) this.throwIfAny()
  }

  /** @throws {Fault} `unprocessable` if there are problems */
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

/** The first few of many ids: `1, 2, 3 and 40 more`. */
export function firstFew(ids: readonly string[], few = 5): string {
  const shown = ids.slice(0, few).join(', ')
  return ids.length > few ? `${shown} and ${ids.length - few} more` : shown
}

/** Fault of a file as a whole. */
export function unprocessableFile(file: string, detail: string): Fault {
  return new Fault({ kind: 'unprocessable', detail: `${file} file: ${detail}`, errors: [{ pointer: '', detail }] })
}

/**
 * Describes a value that is not an integer id. JSON numbers are doubles, which cannot distinguish integers
 * beyond 2^53.
 */
function found(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`
  if (typeof value !== 'number') return typeName(value)
  if (Number.isInteger(value)) return `too large: integers above ${Number.MAX_SAFE_INTEGER} cannot be distinguished in JSON`
  return `the number ${value}`
}
