/** Streamed rows of a table, interrupted between any two. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvScanner, type CsvRow } from '../../../src/files/csv-scanner.ts'
import type { ScanPosition } from '../../../src/files/json-list-scanner.ts'

function read(bytes: Uint8Array, size: number, from?: ScanPosition, limit = Infinity) {
  const scanner = new CsvScanner('test', from)
  const rows: CsvRow[] = []
  for (let at = from?.at ?? 0; at < bytes.length; at += size)
    for (const { values } of scanner.scan(bytes.slice(at, at + size), at + size >= bytes.length)) {
      rows.push(...(values as CsvRow[]))
      if (rows.length === limit) return { rows, position: JSON.parse(JSON.stringify(scanner.position)) as ScanPosition }
    }
  return { rows, position: scanner.position }
}

const written = (cells: readonly string[]) =>
  `${cells.map((cell) => (/[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`

const rowsOf = (text: string) => read(new TextEncoder().encode(text), 1 << 20).rows
const cellsOf = (text: string) => rowsOf(text).map(({ cells }) => cells)

describe('CsvScanner', () => {
  test('gives the cells that were written, wherever chunks end, and wherever it is set aside and taken up', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', ',', ';', '\n', '\r', ' '), maxLength: 6 })
    const table = fc
      .integer({ min: 2, max: 3 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }))
    fc.assert(
      fc.property(
        table,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(9),
        (cells, size, other, stop) => {
          const header = cells[0]!.map((_, index) => `column${index}`)
          const bytes = new TextEncoder().encode([header, ...cells].map(written).join(''))
          const whole = read(bytes, size)
          expect(whole.rows.map(({ cells }) => cells)).toEqual([header, ...cells])
          const first = read(bytes, size, undefined, 1 + (stop % whole.rows.length))
          expect([...first.rows, ...read(bytes, other, first.position).rows]).toEqual(whole.rows)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('the header tells the separator', () => {
    expect(cellsOf('image;caption\na.png;one, two\n')).toEqual([
      ['image', 'caption'],
      ['a.png', 'one, two'],
    ])
    expect(cellsOf('image\tcaption\r\na.png\tone; two, three\r\n')).toEqual([
      ['image', 'caption'],
      ['a.png', 'one; two, three'],
    ])
    expect(cellsOf('caption\na, b\n')).toEqual([['caption'], ['a', ' b']])
  })

  test('a quote within a plain cell is a character', () => {
    expect(cellsOf('image,caption\na.png,a 5" nail\nb.png,a 7" nail\n')).toEqual([
      ['image', 'caption'],
      ['a.png', 'a 5" nail'],
      ['b.png', 'a 7" nail'],
    ])
  })

  test('a byte order mark is not part of the first name', () => {
    expect(cellsOf('\uFEFFimage,caption\n')).toEqual([['image', 'caption']])
  })

  test.each([
    ['image,caption\na.png,"open\n', 'has a quote that does not close'],
    ['image,caption\na.png,"a" b\n', 'has text after the closing quote of cell 2; double a quote within a cell'],
  ])('%j is refused', (text, fault) => {
    expect(rowsOf(text)[1]).toEqual({ cells: [], fault })
  })

  test('bytes that are not UTF-8 are refused by row', () => {
    const scan = () => read(Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a), 100)
    expect(scan).toThrow('test file: row 2 is not UTF-8')
  })
})
