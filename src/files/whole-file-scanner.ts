/**
 * Reads a small JSON file as one element, whatever its shape.
 * @module
 */
import { notJson } from '../contracts/not-json.ts'
import { escapePointer } from '../contracts/json-pointer.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { JsonRecord } from './json.ts'
import type { ElementBatch, ScanPosition } from './json-list-scanner.ts'
import { FirstBytes } from './file-encoding.ts'
import { joined } from '../contracts/joined-bytes.ts'
import { unprocessableFile } from './problems.ts'

/** Longest file, in bytes. */
const MOST_BYTES = 2 ** 21

/** Like `JsonListScanner`, with the whole value as the only element of its only list. */
export class WholeFileScanner {
  readonly #file: string
  readonly #firstBytes: FirstBytes
  #pieces: Uint8Array[] = []
  #held = 0
  #at: number
  #isRead: boolean

  /**
   * @param file - its name in failures
   * @param from - the position after the element, as saved by an earlier scanner
   */
  constructor(file: string, from?: ScanPosition) {
    this.#file = file
    this.#at = from?.at ?? 0
    this.#firstBytes = new FirstBytes(file, this.#at)
    this.#isRead = from !== undefined
  }

  /** After the element there is nothing to continue. */
  get position(): ScanPosition {
    return { at: this.#at, head: '', open: null, counts: [1] }
  }

  get at(): number {
    return this.#at
  }

  /** @throws {Fault} `unprocessable` for a file that is too long, not UTF-8 or not JSON */
  *scan(chunk: Uint8Array, last: boolean): Generator<ElementBatch> {
    this.#firstBytes.see(chunk)
    this.#pieces.push(chunk.slice())
    this.#held += chunk.length
    this.#at += chunk.length
    if (this.#held > MOST_BYTES) throw unprocessableFile(this.#file, `must have at most ${MOST_BYTES} bytes`)
    if (!last) return
    const text = this.#text(joined(this.#pieces))
    this.#pieces = []
    this.#isRead = true
    yield { list: 0, first: 0, values: [this.#parse(text)], text }
  }

  /** @throws {Fault} `unprocessable` for an empty file */
  finish(): JsonRecord {
    if (!this.#isRead) throw unprocessableFile(this.#file, 'is empty')
    return {}
  }

  #text(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    } catch {
      throw unprocessableField('', `the ${this.#file} file is not UTF-8; save it as UTF-8`)
    }
  }

  #parse(text: string): unknown {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw unprocessableField('', `the ${this.#file} file ${notJson(error)}`)
    }
    const repeated = repeatedMember(text)
    if (repeated !== undefined) throw unprocessableField(`/${escapePointer(repeated)}`, 'stands there more than once')
    return value
  }
}

/** A text, a bracket, or the colon after the name of a member. */
const MARK = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g

/**
 * The first name that an object has twice, of which `JSON.parse` keeps the last value alone.
 * @param text - valid JSON
 * @internal
 */
export function repeatedMember(text: string): string | undefined {
  const seen = new Set<string>()
  let depth = 0
  for (const [mark, colon] of text.matchAll(MARK)) {
    if (mark === '{' || mark === '[') depth++
    else if (mark === '}' || mark === ']') depth--
    else if (depth === 1 && colon !== undefined) {
      const name = JSON.parse(mark.slice(0, -colon.length)) as string
      if (seen.has(name)) return name
      seen.add(name)
    }
  }
  return undefined
}
