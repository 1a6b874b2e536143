/**
 * Reads arrays of a JSON file, or objects member by member, in batches. So a file larger than an isolate's
 * memory can be imported. Between batches the position can be saved, and another process can continue from
 * it.
 * @module
 */
import { notJson } from '../contracts/not-json.ts'
import { unprocessableField } from '../contracts/failure.ts'
import { joined } from '../contracts/joined-bytes.ts'
import { FirstBytes } from './file-encoding.ts'
import { ELEMENT_LIMIT } from './pieces.ts'
import type { JsonRecord } from './json.ts'
import { Problems, unprocessableFile } from './problems.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Most bytes of the rest of the file (everything but the lists). When saved, it must fit into a row of 2 MB.
 */
const HEAD_LIMIT = 2 ** 19
/** Size of a batch. Large enough for few calls, small enough that its data stays in the caches. */
const BATCH_BYTES = 2 ** 15

/** Position of a reader between two batches. Plain data. */
export interface ScanPosition {
  /** Bytes read. Reading continues at this offset. */
  readonly at: number
  /** The file so far, without the lists' elements. */
  readonly head: string
  /** The open list, as an index into the keys. */
  readonly open: number | null
  /** Elements read of each list; null if the list has not begun. */
  readonly counts: readonly (number | null)[]
}

/** Consecutive elements, at least one. */
export interface ElementBatch {
  /** Index of their list among the keys. */
  readonly list: number
  /** Index of the first element within the list. */
  readonly first: number
  readonly values: readonly unknown[]
  /** For members of an object. */
  readonly keys?: readonly string[]
  /** The JSON text that they were parsed from. */
  readonly text: string
}

/** Result of parsing a stretch of elements. */
interface Parsed {
  readonly values: readonly unknown[]
  readonly keys?: readonly string[]
  readonly text: string
  /** Fault of the next element, which begins `at` bytes into the stretch. */
  readonly fault?: { readonly error: Error; readonly at: number }
}

export interface ScanOptions {
  /** Whether the keys hold objects, whose members are the elements, one per batch. */
  readonly objects?: boolean
  /** Position of an earlier scanner of the same file. The next bytes must begin at `from.at`. */
  readonly from?: ScanPosition | undefined
  /**
   * A batch ends with the element that brings it to this many bytes, or with the last whole element of the
   * chunk.
   */
  readonly batchBytes?: number
}

/** Reads several lists of one file in one pass, from chunks of any size. */
export class JsonListScanner {
  readonly #keys: readonly string[] | null
  readonly #objects: boolean
  readonly #file: string
  readonly #batchBytes: number
  readonly #close: number
  /** Nesting depth of the lists' elements. */
  readonly #level: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  readonly #firstBytes: FirstBytes
  /** The file without the lists' elements. */
  readonly #head: number[]
  /** Part of the current element from earlier chunks. */
  #carry: Uint8Array[] = []
  #carried = 0
  readonly #counts: (number | null)[]
  #open: number | null
  #depth: number
  #inString = false
  #escaped = false
  /** Number of bytes in earlier chunks. */
  #base: number
  /** Start of the next element in this chunk (negative if in an earlier one), and end of the scanned part. */
  #start = 0
  #scanned = 0
  /** Start of the last string at depth 1 in the head, and the list whose key it is, once a colon follows. */
  #stringStart = -1
  #lastString: string | null = null
  #keyed: number | null = null

  /**
   * @param keys - members of the file's object; null if the file itself is the array
   * @param file - name of the file in failures, e.g. `annotations`
   */
  constructor(keys: readonly string[] | null, file: string, options: ScanOptions = {}) {
    const { objects = false, from, batchBytes = BATCH_BYTES } = options
    this.#keys = keys
    this.#objects = objects
    this.#file = file
    this.#batchBytes = objects ? 0 : batchBytes
    this.#close = objects ? CLOSE_OBJECT : CLOSE_ARRAY
    this.#level = keys === null ? 0 : 1
    this.#counts = from ? [...from.counts] : (keys ?? ['']).map(() => null)
    this.#head = from ? Array.from(new TextEncoder().encode(from.head)) : []
    this.#open = from?.open ?? null
    this.#base = from?.at ?? 0
    this.#firstBytes = new FirstBytes(file, this.#base)
    this.#depth = from ? this.#level : 0
  }

  /** Current position, valid right after {@link scan} yields a batch. */
  get position(): ScanPosition {
    return { at: this.at, head: this.#headText(), open: this.#open, counts: [...this.#counts] }
  }

  /** Number of bytes up to the end of the last batch. */
  get at(): number {
    return this.#base + this.#start
  }

  /**
   * @throws {Fault} `unprocessable`, after yielding the elements before the bad one; the pointer names the
   *   element
   */
  *scan(chunk: Uint8Array): Generator<ElementBatch> {
    this.#firstBytes.see(chunk)
    for (let at = 0; at < chunk.length;) {
      if (this.#open === null) {
        at = this.#scanHead(chunk, at)
        this.#start = at
        continue
      }
      const list = this.#open
      const end = this.#batchEnd(chunk, at, at + this.#batchBytes)
      const isScanned = this.#scanned === chunk.length
      if (end >= 0) {
        yield* this.#take(chunk, at, end, list)
        at = end + 1
      }
      if (isScanned && this.#open !== null) {
        this.#carryOver(chunk.slice(at))
        break
      }
    }
    this.#base += chunk.length
    this.#start = 0
  }

  /**
   * Ends the file.
   * @returns its other members; every streamed list is empty there
   * @throws {Fault} `unprocessable` if it is not JSON, or lacks one of the lists
   */
  finish(): JsonRecord {
    if (this.#open !== null)
      throw unprocessableFile(this.#file, `is not JSON: it ends inside the ${this.#objects ? 'object' : 'array'}`)
    const head = this.#headText()
    if (this.#keys === null) {
      if (this.#counts[0] === null)
        throw unprocessableFile(this.#file, `top level: must be a JSON array, the file ${kindOfWhole(head)}`)
      this.#parse(head, '')
      return {}
    }
    const problems = new Problems(this.#file)
    const value = problems.record(this.#parse(head, ''), '')
    if (value !== undefined)
      for (const [list, key] of this.#keys.entries())
        if (this.#counts[list] === null) problems[this.#objects ? 'record' : 'list'](value[key], `/${key}`)
    problems.throwIfAny()
    return value!
  }

  /** Copies the head until a requested list opens. @returns where scanning continues */
  #scanHead(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#head.push(byte) > HEAD_LIMIT)
        throw unprocessableFile(
          this.#file,
          `holds more than ${HEAD_LIMIT} bytes beside the ${this.#objects ? 'object' : 'array'}`,
        )
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
      } else if (byte === COLON) this.#keyed = this.#keyOfLastString()
      else if (byte === COMMA) this.#keyed = null
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        const list = this.#keys === null ? (this.#depth === 0 ? 0 : null) : this.#depth === 1 ? this.#keyed : null
        if (byte === (this.#objects ? OPEN_OBJECT : OPEN_ARRAY) && list !== null && this.#counts[list] === null) {
          this.#open = list
          this.#counts[list] = 0
          this.#depth = this.#level
          return at + 1
        }
        this.#depth++
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) this.#depth--
    }
    return chunk.length
  }

  /** @throws {Fault} for a repeated member: its meaning would depend on the reader */
  #keyOfLastString(): number | null {
    if (this.#depth !== 1 || this.#keys === null || this.#lastString === null) return null
    const list = this.#keys.indexOf(this.#parse(this.#lastString, '') as string)
    if (list < 0) return null
    if (this.#counts[list] !== null) throw unprocessableFile(this.#file, `has two members ${this.#keys[list]}`)
    return list
  }

  /**
   * End of the last whole element after `from`: a comma at the list's level or the closing bracket. Stops at
   * the bracket, or at the first comma after `enough`.
   * @returns -1 if no element ends in this chunk
   */
  #batchEnd(chunk: Uint8Array, from: number, enough: number): number {
    const level = this.#level
    const close = this.#close
    const length = chunk.length
    let depth = this.#depth
    let end = -1
    let at = this.#inString ? this.#stringEnd(chunk, from) : from
    while (at < length) {
      const byte = chunk[at]!
      if (byte === QUOTE) {
        // Most bytes are in strings.
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
        else if (byte === close && depth === level) {
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

  /** Index after the closing quotation mark of a string, or the chunk's length if the string continues. */
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

  /** Yields the whole elements up to `chunk[end]`, a comma or the list's closing bracket. */
  *#take(chunk: Uint8Array, from: number, end: number, list: number): Generator<ElementBatch> {
    let bytes = chunk.subarray(from, end)
    if (this.#carried > 0) {
      bytes = joined([...this.#carry, bytes])
      this.#carry = []
      this.#carried = 0
    }
    const isLast = chunk[end] === this.#close
    const first = this.#counts[list]!
    const { fault, ...batch } = this.#objects ? this.#parseMember(bytes, isLast) : this.#parseElements(bytes, isLast)
    this.#counts[list] = first + batch.values.length
    // Updated before the batch is yielded, since the caller may stop reading then.
    if (fault !== undefined) this.#start = end - bytes.length + fault.at
    else {
      this.#start = end + 1
      if (isLast) this.#closeList()
    }
    if (batch.values.length > 0) yield { list, first, ...batch }
    if (fault !== undefined) throw fault.error
  }

  #closeList(): void {
    this.#head.push(this.#close)
    this.#open = null
    this.#depth = this.#level
    this.#keyed = null
    this.#lastString = null
  }

  /** Whole elements and the commas between them. */
  #parseElements(bytes: Uint8Array, isLast: boolean): Parsed {
    let text: string
    let values: unknown[]
    try {
      text = this.#decoder.decode(bytes)
      values = JSON.parse(`[${text}]`) as unknown[]
    } catch {
      return this.#parseOneByOne(bytes)
    }
    if (values.length === 0) this.#requireNone(isLast)
    return { values, text }
  }

  /** The same for a stretch with a bad element: the elements before it, and its fault. */
  #parseOneByOne(bytes: Uint8Array): Parsed {
    const { depth, inString, escaped } = { depth: this.#depth, inString: this.#inString, escaped: this.#escaped }
    const values: unknown[] = []
    const texts: string[] = []
    let at = 0
    let error: unknown
    try {
      while (at <= bytes.length) {
        this.#depth = this.#level
        this.#inString = this.#escaped = false
        const comma = this.#batchEnd(bytes, at, at)
        const end = comma < 0 ? bytes.length : comma
        const pointer = this.#pointer(values.length)
        const text = this.#decode(bytes.subarray(at, end), pointer)
        if (text.trim() === '') throw this.#badElement('is missing', values.length)
        values.push(this.#parse(text, pointer))
        texts.push(text)
        at = end + 1
      }
    } catch (thrown) {
      error = thrown
    }
    this.#depth = depth
    this.#inString = inString
    this.#escaped = escaped
    const text = texts.join(',')
    return error === undefined ? { values, text } : { values, text, fault: { error: error as Error, at } }
  }

  #parseMember(bytes: Uint8Array, isLast: boolean): Parsed {
    const pointer = this.#pointer()
    const text = this.#decode(bytes, pointer)
    if (text.trim() === '') {
      this.#requireNone(isLast)
      return { values: [], text }
    }
    const [[key, value]] = Object.entries(this.#parse(`{${text}}`, pointer) as object) as [[string, unknown]]
    return { keys: [key], values: [value], text }
  }

  /** @throws {Fault} unless the list contains only white space */
  #requireNone(isLast: boolean): void {
    if (!isLast || this.#counts[this.#open!]! > 0) throw this.#badElement('is missing')
  }

  /** @param beyond - number of elements after the next one */
  #pointer(beyond = 0): string {
    const key = this.#keys?.[this.#open!]
    return `${key === undefined ? '' : `/${key}`}/${this.#counts[this.#open!]! + beyond}`
  }

  #badElement(detail: string, beyond = 0): Error {
    return unprocessableField(this.#pointer(beyond), `${this.#file} file: the element ${detail}`)
  }

  #headText(): string {
    return this.#decode(Uint8Array.from(this.#head), '')
  }

  #decode(bytes: Uint8Array, pointer: string): string {
    try {
      return this.#decoder.decode(bytes)
    } catch {
      throw unprocessableField(pointer, `the ${this.#file} file is not UTF-8; save it as UTF-8`)
    }
  }

  #parse(text: string, pointer: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw unprocessableField(pointer, `the ${this.#file} file ${notJson(error)}`)
    }
  }
}

/** Describes a file that should have been one array. */
function kindOfWhole(text: string): string {
  const start = text.trimStart().charAt(0)
  if (start === '') return 'is empty'
  return start === '{' ? 'holds an object; write JSON lines as one array: [ … ], with commas between' : 'holds none'
}

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Reads one array of a file from beginning to end.
 * @param key - member of the file's object; null if the file itself is the array
 * @returns (as the generator's result) the other members of the file's object, wherever they are; `{}` for a
 *   bare array
 * @throws {Fault} `unprocessable` for invalid JSON, a missing array, or an element or head beyond the limits;
 *   the pointer names the element
 */
export async function* streamJsonBatches(
  chunks: ByteChunks,
  key: string | null,
  file: string,
): AsyncGenerator<readonly unknown[], JsonRecord> {
  const scanner = new JsonListScanner(key === null ? null : [key], file)
  for await (const chunk of chunks) for (const { values } of scanner.scan(chunk)) yield values
  return scanner.finish()
}
