/** Streamed lines, interrupted between any two. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ElementBatch, ScanPosition } from '../../../src/files/json-list-scanner.ts'
import { LineScanner } from '../../../src/files/line-scanner.ts'

function read(bytes: Uint8Array, size: number, from?: ScanPosition, limit = Infinity) {
  const scanner = new LineScanner('test', from)
  const batches: ElementBatch[] = []
  for (let at = from?.at ?? 0; at < bytes.length; at += size)
    for (const batch of scanner.scan(bytes.slice(at, at + size), at + size >= bytes.length)) {
      batches.push(batch)
      if (batches.length === limit) return { batches, position: JSON.parse(JSON.stringify(scanner.position)) as ScanPosition }
    }
  return { batches, position: scanner.position }
}

describe('LineScanner', () => {
  test('gives the lines of the text wherever chunks end, and wherever it is set aside and taken up', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\t', '\r', '\n'), maxLength: 40 })
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(9),
        (written, size, other, stop) => {
          const bytes = new TextEncoder().encode(written)
          const lines = written.split(/(?<=\n)/).filter((line) => line !== '')
          const whole = read(bytes, size)
          expect(whole.batches.flatMap(({ values }) => values)).toEqual(lines)
          expect(whole.batches.map(({ first }) => first)).toEqual(lines.map((_, index) => index))
          expect(whole.position).toMatchObject({ at: bytes.length, counts: [lines.length] })
          if (lines.length === 0) return
          const first = read(bytes, size, undefined, 1 + (stop % lines.length))
          const second = read(bytes, other, first.position)
          expect([...first.batches, ...second.batches]).toEqual(whole.batches)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('drops byte order marks at the beginning, and only there', () => {
    const texts = read(new TextEncoder().encode('\uFEFF\uFEFFa\n\uFEFFb'), 2).batches.map(({ text }) => text)
    expect(texts).toEqual(['a\n', '\uFEFFb'])
  })

  test('refuses a line that is not UTF-8, and one that is too long', () => {
    expect(() => read(Uint8Array.of(0x61, 0x0a, 0xff, 0x0a), 3)).toThrow('/1: test file: line 2 is not UTF-8')
    const scanner = new LineScanner('test')
    expect(() => [...scanner.scan(new Uint8Array(16 * 2 ** 20 + 1), false)]).toThrow('is longer than')
  })
})
