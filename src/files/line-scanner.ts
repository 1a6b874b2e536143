/**
 * Reads a file line by line, so a file larger than an isolate's memory can be imported. Between lines the
 * position can be saved, and another process can continue from it.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import { ELEMENT_LIMIT, joined } from './pieces.ts'
import type { ElementBatch, ScanPosition } from './json-list-scanner.ts'

const LINE_FEED = 0x0a

/**
 * Takes a file's bytes in chunks of any size. Each batch is a line with its line feed, which the last line
 * may lack.
 */
export class LineScanner {
  readonly #file: string
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
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
  constructor(file: string, from?: ScanPosition) {
    this.#file = file
    this.#count = from?.counts[0] ?? 0
    this.#base = from?.at ?? 0
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
    this.#start = 0
    for (;;) {
      const feed = chunk.indexOf(LINE_FEED, this.#start)
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
      throw this.#bad('is not UTF-8')
    }
  }

  #bad(detail: string): Error {
    return unprocessableField(`/${this.#count}`, `${this.#file} file: line ${this.#count + 1} ${detail}`)
  }
}
