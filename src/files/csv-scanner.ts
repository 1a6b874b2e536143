/**
 * Reads a table of comma-separated values (RFC 4180) row by row. Between rows the position can be saved, and
 * another process can continue from it.
 * @module
 */
import type { ElementBatch, ScanPosition } from './json-list-scanner.ts'
import { LineScanner } from './line-scanner.ts'

const QUOTE = 0x22
const LINE_FEED = 0x0a
/** Spreadsheets of different languages write different ones. The header tells which. */
const SEPARATORS = [',', ';', '\t']

/** A row. `fault` says why it has no cells. */
export interface CsvRow {
  readonly cells: readonly string[]
  readonly fault?: string
}

/** Place of the next byte in a row. */
type Place = 'start of a cell' | 'plain cell' | 'quoted cell' | 'after a quote'

/** Takes a file's bytes in chunks of any size. Each batch is a row, as a {@link CsvRow}. */
export class CsvScanner {
  readonly #lines: LineScanner
  /** Empty until the header was read. */
  #separator: string
  #place: Place = 'start of a cell'

  /**
   * @param file - name of the file in failures
   * @param from - position of an earlier scanner of the same file; the next bytes must begin at `from.at`
   */
  constructor(file: string, from?: ScanPosition) {
    this.#separator = from?.head ?? ''
    this.#lines = new LineScanner(file, from, { called: 'row', find: (chunk, start) => this.#rowEnd(chunk, start) })
  }

  /** Current position, valid right after {@link scan} yields a row. */
  get position(): ScanPosition {
    return { ...this.#lines.position, head: this.#separator }
  }

  /** Number of bytes up to the end of the last row. */
  get at(): number {
    return this.#lines.at
  }

  /**
   * @param last - whether the file ends with this chunk
   * @throws {Fault} `unprocessable` for a row that is too long or not UTF-8; the pointer is its index, from 0
   */
  *scan(chunk: Uint8Array, last: boolean): Generator<ElementBatch> {
    for (const batch of this.#lines.scan(chunk, last)) {
      this.#place = 'start of a cell'
      if (this.#separator === '') this.#separator = separatorOf(batch.text)
      yield { ...batch, values: [parseRow(batch.text, this.#separator)] }
    }
  }

  /** Ends the file. Tables have no head. */
  finish(): Readonly<Record<string, unknown>> {
    return this.#lines.finish()
  }

  #rowEnd(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === LINE_FEED && this.#place !== 'quoted cell') return at
      this.#place = placeAfter(this.#place, byte, this.#isSeparator(byte))
    }
    return -1
  }

  #isSeparator(byte: number): boolean {
    const character = String.fromCodePoint(byte)
    return this.#separator === '' ? SEPARATORS.includes(character) : this.#separator === character
  }
}

/** The rows of a table in memory, with their indices. */
export function* csvRows(text: string): Generator<readonly [index: number, row: CsvRow]> {
  for (const { first, values } of new CsvScanner('').scan(new TextEncoder().encode(text), true))
    yield [first, values[0] as CsvRow]
}

function placeAfter(place: Place, byte: number, isSeparator: boolean): Place {
  if (place === 'quoted cell') return byte === QUOTE ? 'after a quote' : place
  if (isSeparator) return 'start of a cell'
  if (byte === QUOTE && place !== 'plain cell') return 'quoted cell'
  return 'plain cell'
}

/** The one that the header has most of; a comma for a header of one column. */
function separatorOf(header: string): string {
  const counts = SEPARATORS.map((each) => header.split(each).length)
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!
}

/** @param text - a row with its line break */
function parseRow(text: string, separator: string): CsvRow {
  const row = text.replace(/\r?\n$/, '')
  const cells: string[] = []
  for (let at = 0; at <= row.length;) {
    if (row[at] !== '"') {
      const next = row.indexOf(separator, at)
      const end = next < 0 ? row.length : next
      cells.push(row.slice(at, end))
      at = end + 1
      continue
    }
    const end = closingQuote(row, at + 1)
    if (end < 0) return { cells: [], fault: 'has a quote that does not close' }
    if (end + 1 < row.length && row[end + 1] !== separator)
      return { cells: [], fault: `has text after the closing quote of cell ${cells.length + 1}; double a quote within a cell` }
    cells.push(row.slice(at + 1, end).replaceAll('""', '"'))
    at = end + 2
  }
  return { cells }
}

/** Index of the quote that closes a cell; -1 if none does. */
function closingQuote(row: string, from: number): number {
  for (let at = row.indexOf('"', from); at >= 0; at = row.indexOf('"', at + 2)) if (row[at + 1] !== '"') return at
  return -1
}
