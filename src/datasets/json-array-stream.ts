/**
 * Reads one array of a JSON file element by element, so that a file larger than an isolate's memory can be imported.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  decoded,
  ELEMENT_LIMIT,
  joined,
  OPEN_ARRAY,
  OPEN_OBJECT,
  parsed,
  QUOTE,
} from './json-bytes.ts'
import type { JsonRecord } from './official-json.ts'
import { isRecord, unprocessableFile } from './official-json.ts'

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Bytes that the rest of the file (all but the array) may take. */
const HEAD_LIMIT = 4 * 2 ** 20
/** Elements are parsed together until they make up as many bytes: few calls, and what they read and make stays in the caches. */
const BATCH_BYTES = 2 ** 15

/**
 * Yields the elements of the top-level array under `key`, or of the file itself if `key` is null.
 * @param file - what to call the file in a failure, e.g. `annotations`.
 * @returns (as the generator's result) the other members of the file's object, wherever they stand; `{}` for a bare array.
 * @throws {Fault} `unprocessable`: no JSON, no such array, an element or a head beyond the limits; the pointer names the element.
 */
export async function* streamJsonArray(
  chunks: ByteChunks,
  key: string | null,
  file: string,
): AsyncGenerator<unknown, JsonRecord> {
  const batches = streamJsonBatches(chunks, key, file)
  for (let next = await batches.next(); ; next = await batches.next()) {
    if (next.done === true) return next.value
    yield* next.value
  }
}

/** The same, many elements at a time: a promise an element takes longer than most elements do. */
export async function* streamJsonBatches(
  chunks: ByteChunks,
  key: string | null,
  file: string,
): AsyncGenerator<unknown[], JsonRecord> {
  const scanner = new Scanner(key, file)
  for await (const chunk of chunks) yield* scanner.scan(chunk)
  return scanner.finish()
}

class Scanner {
  readonly #key: string | null
  readonly #file: string
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  /** The depth of the array's elements. */
  readonly #level: number
  /** The file without the array's elements. */
  readonly #head: number[] = []
  /** The piece of the current element that earlier chunks held. */
  #carry: Uint8Array[] = []
  #carried = 0
  #count = 0
  #state: 'head' | 'array' | 'tail' = 'head'
  #depth = 0
  #inString = false
  #escaped = false
  /** How far the chunk at hand was scanned. */
  #scanned = 0
  /** Where in the head the last string of depth 1 began, and whether a colon made it a key. */
  #stringStart = -1
  #lastString = ''
  #keyed = false

  constructor(key: string | null, file: string) {
    this.#key = key
    this.#file = file
    this.#level = key === null ? 0 : 1
  }

  *scan(chunk: Uint8Array): Generator<unknown[]> {
    let at = 0
    while (at < chunk.length) {
      if (this.#state !== 'array') {
        at = this.#scanHead(chunk, at)
        continue
      }
      const end = this.#batchEnd(chunk, at, at + BATCH_BYTES)
      const isScanned = this.#scanned === chunk.length
      const isLast = end >= 0 && chunk[end] === CLOSE_ARRAY
      if (end >= 0) {
        yield* this.#take(chunk.subarray(at, end), isLast)
        at = end + 1
      }
      if (isLast) {
        this.#head.push(CLOSE_ARRAY)
        this.#state = 'tail'
        this.#depth = this.#level
        this.#inString = false
        this.#keyed = false
      } else if (isScanned) {
        this.#carryOver(chunk.slice(at))
        return
      }
    }
  }

  finish(): JsonRecord {
    if (this.#state !== 'tail') {
      const what = this.#state === 'array' ? 'ends inside the array' : `has no array ${this.#key ?? ''}`.trimEnd()
      throw unprocessableFile(this.#file, what)
    }
    const text = this.#decode(Uint8Array.from(this.#head), '')
    const value = this.#parse(text, '')
    if (this.#key === null) return {}
    if (!isRecord(value)) throw unprocessableFile(this.#file, 'must be a JSON object')
    return value
  }

  /** Copies what is not the array, until the array opens. */
  #scanHead(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#head.push(byte) > HEAD_LIMIT)
        throw unprocessableFile(this.#file, `holds more than ${HEAD_LIMIT} bytes beside the array`)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) {
          this.#inString = false
          if (this.#depth === 1) this.#lastString = this.#decode(Uint8Array.from(this.#head.slice(this.#stringStart)), '')
        }
      } else if (byte === QUOTE) {
        this.#inString = true
        this.#stringStart = this.#head.length - 1
      } else if (byte === COLON) this.#keyed = this.#depth === 1 && this.#lastString === JSON.stringify(this.#key)
      else if (byte === COMMA) this.#keyed = false
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        const isArray = this.#key === null ? this.#depth === 0 : this.#keyed && this.#depth === 1
        if (byte === OPEN_ARRAY && isArray && this.#state === 'head') {
          this.#state = 'array'
          return at + 1
        }
        this.#depth++
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) this.#depth--
    }
    return chunk.length
  }

  /**
   * Where the last whole element from `from` on ends: at a comma of the array's own level or its closing bracket. Stops at the bracket,
   * or at the first comma from `enough` on.
   * @returns -1 if no element ends in this chunk.
   */
  #batchEnd(chunk: Uint8Array, from: number, enough: number): number {
    const level = this.#level
    const length = chunk.length
    let depth = this.#depth
    let end = -1
    let at = this.#inString ? this.#stringEnd(chunk, from) : from
    while (at < length) {
      const byte = chunk[at]!
      if (byte === QUOTE) {
        // most bytes stand in strings
        at = this.#stringEnd(chunk, at + 1)
        continue
      }
      if (byte === COMMA) {
        if (depth === level) {
          end = at
          if (at >= enough) break
        }
      } else if (byte >= OPEN_ARRAY) {
        if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
        else if (byte === CLOSE_ARRAY && depth === level) {
          end = at
          break
        } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--
      }
      at++
    }
    this.#scanned = at
    this.#depth = depth
    return end
  }

  /** The place after the quotation mark that ends a string; the chunk's length if that is to come. */
  #stringEnd(chunk: Uint8Array, from: number): number {
    const length = chunk.length
    let at = this.#escaped ? from + 1 : from
    while (at < length) {
      const byte = chunk[at]!
      if (byte === QUOTE) {
        this.#inString = this.#escaped = false
        return at + 1
      }
      at += byte === BACKSLASH ? 2 : 1
    }
    this.#inString = true
    this.#escaped = at > length
    return length
  }

  #carryOver(piece: Uint8Array): void {
    this.#carry.push(piece)
    this.#carried += piece.length
    if (this.#carried > ELEMENT_LIMIT) throw this.#badElement(`is longer than ${ELEMENT_LIMIT} bytes`)
  }

  /** Whole elements and the commas between them, less what was carried over. */
  *#take(piece: Uint8Array, isLast: boolean): Generator<unknown[]> {
    let bytes = piece
    if (this.#carried > 0) {
      bytes = joined([...this.#carry, piece])
      this.#carry = []
      this.#carried = 0
    }
    let elements: unknown[]
    try {
      elements = JSON.parse(`[${this.#decoder.decode(bytes)}]`)
    } catch {
      yield* this.#takeOneByOne(bytes)
      return
    }
    if (elements.length === 0 && !(isLast && this.#count === 0)) throw this.#badElement('is missing')
    this.#count += elements.length
    yield elements
  }

  /** The same where one of the elements is bad: those before it come first, and the failure names it. */
  *#takeOneByOne(bytes: Uint8Array): Generator<unknown[]> {
    const { depth, inString, escaped } = { depth: this.#depth, inString: this.#inString, escaped: this.#escaped }
    for (let from = 0; from <= bytes.length;) {
      this.#depth = this.#level
      this.#inString = this.#escaped = false
      const comma = this.#batchEnd(bytes, from, from)
      const end = comma < 0 ? bytes.length : comma
      const pointer = this.#pointer()
      const text = this.#decode(bytes.subarray(from, end), pointer)
      if (text.trim() === '') throw this.#badElement('is missing')
      yield [this.#parse(text, pointer)]
      this.#count++
      from = end + 1
    }
    this.#depth = depth
    this.#inString = inString
    this.#escaped = escaped
  }

  #pointer(): string {
    return `${this.#key === null ? '' : `/${this.#key}`}/${this.#count}`
  }

  #badElement(detail: string): Error {
    return unprocessableField(this.#pointer(), `${this.#file} file: the element ${detail}`)
  }

  #decode(bytes: Uint8Array, pointer: string): string {
    return decoded(this.#decoder, bytes, this.#file, pointer)
  }

  #parse(text: string, pointer: string): unknown {
    return parsed(text, this.#file, pointer)
  }
}
