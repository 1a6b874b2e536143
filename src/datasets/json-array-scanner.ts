/**
 * Reads arrays of a JSON file, or objects member by member, element by element, so that a file larger than an isolate's memory can be
 * imported; between any two elements the reading can be set aside and taken up by somebody else. (`json-array-stream.ts` reads one
 * array for those who need no such places, and is faster.)
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

/** Bytes that the rest of the file (all but the array) may take: set aside, it must fit into a row of 2 MB. */
const HEAD_LIMIT = 2 ** 19

/** Where a reading stands between two elements. Plain data. */
export interface ScanPosition {
  /** Bytes read: the reading goes on with the byte there. */
  readonly at: number
  /** The file so far without its arrays' elements. */
  readonly head: string
  /** The array that is open, by its place among the keys. */
  readonly open: number | null
  /** Elements read of each array; null where it was not met yet. */
  readonly counts: readonly (number | null)[]
}

export interface ArrayElement {
  /** The array's place among the keys. */
  readonly array: number
  /** Its place in the array. */
  readonly index: number
  /** Of an object's member. */
  readonly key?: string
  readonly value: unknown
  /** What it was parsed from. */
  readonly text: string
}

/** Reads several arrays, or objects member by member, of one file in one pass, fed with its bytes in chunks of any size. */
export class JsonArrayScanner {
  readonly #keys: readonly string[] | null
  readonly #objects: boolean
  readonly #file: string
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  /** The file without the arrays' elements. */
  readonly #head: number[]
  /** The piece of the current element that earlier chunks held. */
  #carry: Uint8Array[] = []
  #carried = 0
  readonly #counts: (number | null)[]
  #open: number | null = null
  #depth = 0
  #inString = false
  #escaped = false
  /** Bytes of earlier chunks, and where in this one the next element begins. */
  #base = 0
  #start = 0
  /** Where in the head the last string of depth 1 began, and the array that a colon made it the key of. */
  #stringStart = -1
  #lastString: string | null = null
  #keyed: number | null = null

  /**
   * @param keys - members of the file's object; null: the file itself is the array.
   * @param file - what to call the file in a failure.
   * @param from - where an earlier scanner of the same file stood; the bytes from `from.at` on are then expected.
   * @param objects - whether what is under the keys are objects; their members are the elements.
   */
  constructor(keys: readonly string[] | null, file: string, from?: ScanPosition, objects = false) {
    this.#keys = keys
    this.#objects = objects
    this.#file = file
    this.#counts = from ? [...from.counts] : (keys ?? ['']).map(() => null)
    this.#head = from ? Array.from(new TextEncoder().encode(from.head)) : []
    if (from === undefined) return
    this.#open = from.open
    this.#base = from.at
    this.#depth = keys === null ? 0 : 1
  }

  /** Where the reading stands: valid right after an element was taken from {@link scan}. */
  get position(): ScanPosition {
    return {
      at: this.#base + this.#start,
      head: this.#decode(Uint8Array.from(this.#head), ''),
      open: this.#open,
      counts: [...this.#counts],
    }
  }

  /** Bytes read up to the last element's end. */
  get at(): number {
    return this.#base + this.#start
  }

  *scan(chunk: Uint8Array): Generator<ArrayElement> {
    this.#start = 0
    while (this.#start < chunk.length) {
      if (this.#open === null) this.#scanHead(chunk)
      else yield* this.#scanArray(chunk, this.#open)
    }
    this.#base += chunk.length
    this.#start = 0
  }

  /**
   * The file has ended.
   * @returns its other members; every array that was streamed is empty there.
   */
  finish(): JsonRecord {
    const absent = this.#counts.indexOf(null)
    if (this.#open !== null) throw unprocessableFile(this.#file, `ends inside the ${this.#objects ? 'object' : 'array'}`)
    if (absent >= 0)
      throw unprocessableFile(this.#file, `has no ${this.#objects ? 'object' : 'array'} ${this.#keys?.[absent] ?? ''}`.trimEnd())
    const value = this.#parse(this.#decode(Uint8Array.from(this.#head), ''), '')
    if (this.#keys === null) return {}
    if (!isRecord(value)) throw unprocessableFile(this.#file, 'must be a JSON object')
    return value
  }

  /** Copies what is not an array that is asked for, until one opens. */
  #scanHead(chunk: Uint8Array): void {
    for (let at = this.#start; at < chunk.length; at++) {
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
      } else if (byte === COLON) this.#keyed = this.#keyOfLastString()
      else if (byte === COMMA) this.#keyed = null
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        const array = this.#keys === null ? (this.#depth === 0 ? 0 : null) : this.#depth === 1 ? this.#keyed : null
        if (byte === (this.#objects ? OPEN_OBJECT : OPEN_ARRAY) && array !== null && this.#counts[array] === null) {
          this.#open = array
          this.#counts[array] = 0
          this.#start = at + 1
          return
        }
        this.#depth++
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) this.#depth--
    }
    this.#start = chunk.length
  }

  /** @throws {Fault} when a member comes a second time: which one counts would depend on who reads it. */
  #keyOfLastString(): number | null {
    if (this.#depth !== 1 || this.#keys === null || this.#lastString === null) return null
    const array = this.#keys.indexOf(this.#parse(this.#lastString, '') as string)
    if (array < 0) return null
    if (this.#counts[array] !== null) throw unprocessableFile(this.#file, `has two members ${this.#keys[array]}`)
    return array
  }

  /** Cuts elements at commas of the array's own level. */
  *#scanArray(chunk: Uint8Array, array: number): Generator<ArrayElement> {
    let depth = this.#depth
    let inString = this.#inString
    let escaped = this.#escaped
    const level = this.#keys === null ? 0 : 1
    const close = this.#objects ? CLOSE_OBJECT : CLOSE_ARRAY
    for (let at = this.#start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) inString = false
        continue
      }
      if (byte === QUOTE) inString = true
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
      else if (depth === level && (byte === COMMA || byte === close)) {
        const index = this.#counts[array]!
        const element = this.#take(chunk.subarray(this.#start, at))
        if (element === undefined && (byte === COMMA || index > 0)) throw this.#badElement('is missing')
        // Settled before the element is given away, so that the reading may end with it.
        this.#start = at + 1
        if (element !== undefined) this.#counts[array] = index + 1
        if (byte === close) {
          this.#head.push(close)
          this.#open = null
          this.#depth = level
          this.#inString = false
          this.#escaped = false
          this.#keyed = null
          this.#lastString = null
        }
        if (element !== undefined) yield { array, index, ...element }
        if (byte === close) return
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--
    }
    this.#carry.push(chunk.slice(this.#start))
    this.#carried += chunk.length - this.#start
    if (this.#carried > ELEMENT_LIMIT) throw this.#badElement(`is longer than ${ELEMENT_LIMIT} bytes`)
    this.#depth = depth
    this.#inString = inString
    this.#escaped = escaped
    this.#start = chunk.length
  }

  /** The element whose last piece this is; undefined if it is blank. */
  #take(piece: Uint8Array): Pick<ArrayElement, 'key' | 'value' | 'text'> | undefined {
    let bytes = piece
    if (this.#carried > 0) {
      bytes = joined([...this.#carry, piece])
      this.#carry = []
      this.#carried = 0
    }
    // Between elements of an array the depth is the array's own.
    this.#depth = this.#keys === null ? 0 : 1
    this.#inString = false
    this.#escaped = false
    const pointer = this.#pointer()
    const text = this.#decode(bytes, pointer)
    if (text.trim() === '') return undefined
    if (!this.#objects) return { value: this.#parse(text, pointer), text }
    const [[key, value]] = Object.entries(this.#parse(`{${text}}`, pointer) as object) as [[string, unknown]]
    return { key, value, text }
  }

  #pointer(): string {
    const key = this.#keys?.[this.#open!]
    return `${key === undefined ? '' : `/${key}`}/${this.#counts[this.#open!]}`
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
