/**
 * Reads a file line by line, so a file larger than an isolate's memory can be imported. Between lines the
 * position can be saved, and another process can continue from it.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import { joined } from '../contracts/joined-bytes.ts'
import { FirstBytes } from './file-encoding.ts'
import { ELEMENT_LIMIT } from './pieces.ts'
import type { ElementBatch, ScanPosition } from './json-list-scanner.ts'

const LINE_FEED = 0x0a

/** Rule for the ends of lines. */
export interface LineEnds {
  /** Name of a line in failures. */
  readonly called: string
  /**
   * @param from - start of the line, or 0 if it began in an earlier chunk
   * @returns index of the line feed that ends the line; -1 if the chunk has none
   */
  find(chunk: Uint8Array, from: number): number
}

const EVERY_LINE_FEED: LineEnds = { called: 'line', find: (chunk, from) => chunk.indexOf(LINE_FEED, from) }

/**
 * Takes a file's bytes in chunks of any size. Each batch is a line with its line feed, which the last line
 * may lack.
 */
export class LineScanner {
  readonly #file: string
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #firstBytes: FirstBytes
  readonly #ends: LineEnds
  #carry: Uint8Array[] = []
  #carried = 0
  #count: number
  /** Number of bytes in earlier chunks, and start of the next line in this one. */
  #base: number
  #start = 0

  /**
   * @param file - name of the file in failures
   * @param from - position of an earlier scanner of the same file; the next bytes must begin at `from.at`
   */
  constructor(file: string, from?: ScanPosition, ends = EVERY_LINE_FEED) {
    this.#file = file
    this.#ends = ends
    this.#count = from?.counts[0] ?? 0
    this.#base = from?.at ?? 0
    this.#firstBytes = new FirstBytes(file, this.#base)
  }

  /** Current position, valid right after {@link scan} yields a line. */
  get position(): ScanPosition {
    return { at: this.at, head: '', open: null, counts: [this.#count] }
  }

  /** Number of bytes up to the end of the last line. */
  get at(): number {
    return this.#base + this.#start
  }

  /**
   * @param last - whether the file ends with this chunk
   * @throws {Fault} `unprocessable` for a line that is too long or not UTF-8; the pointer is its index, from
   *   0
   */
  *scan(chunk: Uint8Array, last: boolean): Generator<ElementBatch> {
    this.#firstBytes.see(chunk)
    this.#start = 0
    for (;;) {
      const feed = this.#ends.find(chunk, this.#start)
      const end = feed >= 0 ? feed + 1 : chunk.length
      if (feed < 0 && (!last || this.#carried + end - this.#start === 0)) break
      const text = this.#take(chunk.subarray(this.#start, end))
      // Updated before the line is yielded, since the caller may stop reading then.
      this.#start = end
      const first = this.#count++
      yield { list: 0, first, values: [text], text }
    }
    this.#carry.push(chunk.slice(this.#start))
    this.#carried += chunk.length - this.#start
    if (this.#carried > ELEMENT_LIMIT) throw this.#bad(`is longer than ${ELEMENT_LIMIT} bytes`)
    this.#base += chunk.length
    this.#start = 0
  }

  /** Ends the file. Lines have no head. */
  finish(): Readonly<Record<string, unknown>> {
    return {}
  }

  #take(piece: Uint8Array): string {
    const bytes = joined([...this.#carry, piece])
    this.#carry = []
    this.#carried = 0
    try {
      const text = this.#decoder.decode(bytes)
      // Readers of whole files drop one byte order mark when decoding and another when reading.
      return this.#count === 0 ? text.replace(/^\uFEFF{1,2}/, '') : text
    } catch {
      throw this.#bad('is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)')
    }
  }

  #bad(detail: string): Error {
    return unprocessableField(`/${this.#count}`, `${this.#file} file: ${this.#ends.called} ${this.#count + 1} ${detail}`)
  }
}
