/**
 * Reads a file line by line, so that one larger than an isolate's memory can be imported; between any two lines the reading can be set
 * aside and taken up by somebody else.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import { ELEMENT_LIMIT, joined } from './pieces.ts'
import type { ElementBatch, ScanPosition } from './json-list-scanner.ts'

const LINE_FEED = 0x0a

/** Fed with a file's bytes in chunks of any size. Each batch is a line with its line feed; the file's last may have none. */
export class LineScanner {
  readonly #file: string
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #carry: Uint8Array[] = []
  #carried = 0
  #count: number
  /** Bytes of earlier chunks, and where in this one the next line begins. */
  #base: number
  #start = 0

  /**
   * @param file - what to call the file in a failure.
   * @param from - where an earlier scanner of the same file stood; the bytes from `from.at` on are then expected.
   */
  constructor(file: string, from?: ScanPosition) {
    this.#file = file
    this.#count = from?.counts[0] ?? 0
    this.#base = from?.at ?? 0
  }

  /** Where the reading stands: valid right after a line was taken from {@link scan}. */
  get position(): ScanPosition {
    return { at: this.at, head: '', open: null, counts: [this.#count] }
  }

  /** Bytes read up to the last line's end. */
  get at(): number {
    return this.#base + this.#start
  }

  /**
   * @param last - whether the file ends with this chunk.
   * @throws {Fault} `unprocessable`: a line that is not UTF-8 or too long; the pointer is its place, from 0.
   */
  *scan(chunk: Uint8Array, last: boolean): Generator<ElementBatch> {
    this.#start = 0
    for (;;) {
      const feed = chunk.indexOf(LINE_FEED, this.#start)
      const end = feed >= 0 ? feed + 1 : chunk.length
      if (feed < 0 && (!last || this.#carried + end - this.#start === 0)) break
      const text = this.#take(chunk.subarray(this.#start, end))
      // Settled before the line is given away, so that the reading may end with it.
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

  /** The file has ended. Lines have no head. */
  finish(): Readonly<Record<string, unknown>> {
    return {}
  }

  #take(piece: Uint8Array): string {
    const bytes = joined([...this.#carry, piece])
    this.#carry = []
    this.#carried = 0
    try {
      const text = this.#decoder.decode(bytes)
      // Readers of whole files drop one mark when they decode and another when they read.
      return this.#count === 0 ? text.replace(/^\uFEFF{1,2}/, '') : text
    } catch {
      throw this.#bad('is not UTF-8')
    }
  }

  #bad(detail: string): Error {
    return unprocessableField(`/${this.#count}`, `${this.#file} file: line ${this.#count + 1} ${detail}`)
  }
}
