/**
 * Several arrays in one pass, set aside between any two elements.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ArrayElement, JsonArrayScanner, type ScanPosition } from '../../../src/datasets/json-array-scanner.ts'

const KEYS = ['images', 'añnotations "x"\\'] as const

/** Feeds bytes from a position on; stops after `limit` elements. */
function read(
  bytes: Uint8Array,
  size: number,
  from?: ScanPosition,
  limit = Infinity,
): { elements: ArrayElement[]; position: ScanPosition; rest?: unknown } {
  const scanner = new JsonArrayScanner(KEYS, 'test', from)
  const elements: ArrayElement[] = []
  for (let at = from?.at ?? 0; at < bytes.length; at += size)
    for (const element of scanner.scan(bytes.slice(at, at + size))) {
      elements.push(element)
      if (elements.length === limit) return { elements, position: JSON.parse(JSON.stringify(scanner.position)) as ScanPosition }
    }
  return { elements, position: scanner.position, rest: scanner.finish() }
}

const arrays = fc.array(
  fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  ),
  {
    maxLength: 4,
  },
)
const file = fc
  .record({ a: arrays, b: arrays, others: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }), order: fc.nat(5) })
  .map(({ a, b, others, order }) => {
    const { [KEYS[0]]: _a, [KEYS[1]]: _b, __proto__: _c, ...rest } = others
    const members: [string, unknown][] = [
      [KEYS[0], a],
      [KEYS[1], b],
    ]
    if (order % 2 === 1) members.reverse()
    const all: [string, unknown][] = Object.entries(rest)
    all.splice(order % (all.length + 1), 0, ...members)
    return { a, b, rest, value: Object.fromEntries(all) }
  })

describe('JsonArrayScanner', () => {
  test('gives the same elements wherever chunks end, and wherever it is set aside and taken up', async () => {
    fc.assert(
      fc.property(
        file,
        fc.integer({ min: 1, max: 11 }),
        fc.integer({ min: 1, max: 11 }),
        fc.nat(8),
        fc.constantFrom(undefined, 1, '\t'),
        ({ a, b, rest, value }, size, otherSize, stop, indent) => {
          const bytes = new TextEncoder().encode(JSON.stringify(value, null, indent))
          const whole = read(bytes, size)
          for (const [array, elements] of [a, b].entries()) {
            const found = whole.elements.filter((element) => element.array === array)
            expect(JSON.stringify(found.map((element) => element.value))).toBe(JSON.stringify(elements))
            expect(found.map(({ index }) => index)).toEqual(elements.map((_, index) => index))
          }
          expect(whole.rest).toEqual(JSON.parse(JSON.stringify({ ...rest, [KEYS[0]]: [], [KEYS[1]]: [] })))
          const first = read(bytes, size, undefined, 1 + (stop % Math.max(1, whole.elements.length)))
          if (whole.elements.length === 0) return
          const second = read(bytes, otherSize, first.position)
          expect(JSON.stringify([...first.elements, ...second.elements])).toBe(JSON.stringify(whole.elements))
          expect(second.rest).toEqual(whole.rest)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('knows a key however it is escaped', () => {
    const scanner = new JsonArrayScanner(['list'], 'test')
    expect([...scanner.scan(new TextEncoder().encode(String.raw`{"l\u0069st":[7]}`))]).toEqual([
      { array: 0, index: 0, value: 7, text: '7' },
    ])
    scanner.finish()
  })

  test.each([
    ['a member that comes twice', '{"list":[1],"list":[2]}', 'has two members list'],
    ['a member that comes twice, the second no array', '{"list":[1],"list":2}', 'has two members list'],
    ['a member that is no array', '{"list":{"list":[1]}}', 'has no array list'],
    ['nothing', '', 'has no array list'],
    ['a number where the array should be', '5', 'has no array list'],
  ])('refuses %s', (_, text, message) => {
    const scanner = new JsonArrayScanner(['list'], 'test')
    expect(() => {
      for (const _element of scanner.scan(new TextEncoder().encode(text)));
      scanner.finish()
    }).toThrow(message)
  })
})

describe('members of an object', () => {
  const read = (bytes: Uint8Array, size: number, from?: ScanPosition, limit = Infinity) => {
    const scanner = new JsonArrayScanner(['database'], 'test', from, true)
    const elements: ArrayElement[] = []
    for (let at = from?.at ?? 0; at < bytes.length; at += size)
      for (const element of scanner.scan(bytes.slice(at, at + size))) {
        elements.push(element)
        if (elements.length === limit) return { elements, position: JSON.parse(JSON.stringify(scanner.position)) as ScanPosition }
      }
    return { elements, position: scanner.position, rest: scanner.finish() }
  }

  test('are the same wherever chunks end, and wherever the reading is set aside', () => {
    const names = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !/^\d+$|^__proto__$/.test(text))
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue(), { maxKeys: 5 }),
        fc.integer({ min: 1, max: 11 }),
        fc.integer({ min: 1, max: 11 }),
        fc.nat(5),
        fc.constantFrom(undefined, '\t'),
        (database, size, otherSize, stop, indent) => {
          const text = JSON.stringify({ before: { database: { x: 1 } }, database, after: '"database":{' }, null, indent)
          const bytes = new TextEncoder().encode(text)
          const whole = read(bytes, size)
          expect(JSON.stringify(whole.elements.map(({ key, value }) => [key, value]))).toBe(
            JSON.stringify(Object.entries(database)),
          )
          expect(whole.elements.map(({ index }) => index)).toEqual(whole.elements.map((_, index) => index))
          expect(whole.rest).toEqual({ before: { database: { x: 1 } }, database: {}, after: '"database":{' })
          if (whole.elements.length === 0) return
          const first = read(bytes, size, undefined, 1 + (stop % whole.elements.length))
          const second = read(bytes, otherSize, first.position)
          expect(JSON.stringify([...first.elements, ...second.elements])).toBe(JSON.stringify(whole.elements))
        },
      ),
      { numRuns: 100 },
    )
  })

  test.each([
    ['a member without a value', '{"database":{"a"}}', '/database/0: the test file is not JSON'],
    ['a trailing comma', '{"database":{"a":1,}}', '/database/1'],
    ['an object that never ends', '{"database":{"a":1,', 'ends inside the object'],
    ['an array', '{"database":[1]}', 'has no object database'],
  ])('refuses %s', (_, text, message) => {
    expect(() => read(new TextEncoder().encode(text), 3)).toThrow(message)
  })
})
