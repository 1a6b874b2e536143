/** Several arrays in one pass, interrupted between any two elements. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonListScanner, type ScanOptions, type ScanPosition } from '../../../src/files/json-list-scanner.ts'
import { anyText } from '../../support/any-text.ts'
import { cases } from '../../support/cases.ts'

const KEYS = ['images', 'añnotations "x"\\'] as const

interface Element {
  readonly list: number
  readonly index: number
  readonly key?: string | undefined
  readonly value: unknown
}

/** Feeds bytes from a position on. Stops after `limit` batches. */
function read(
  bytes: Uint8Array,
  size: number,
  { keys = KEYS, limit = Infinity, ...options }: ScanOptions & { keys?: readonly string[] | null; limit?: number } = {},
): { elements: Element[]; batches: number; position: ScanPosition; rest?: unknown } {
  const scanner = new JsonListScanner(keys, 'test', options)
  const elements: Element[] = []
  const setAside = () => JSON.parse(JSON.stringify(scanner.position)) as ScanPosition
  let batches = 0
  for (let at = options.from?.at ?? 0; at < bytes.length; at += size)
    for (const { list, first, values, keys: names } of scanner.scan(bytes.slice(at, at + size))) {
      elements.push(...values.map((value, offset) => ({ list, index: first + offset, key: names?.[offset], value })))
      if (++batches === limit) return { elements, batches, position: setAside() }
    }
  return { elements, batches, position: setAside(), rest: scanner.finish() }
}

const sizes = fc.record({
  size: fc.integer({ min: 1, max: 11 }),
  otherSize: fc.integer({ min: 1, max: 200 }),
  batchBytes: fc.constantFrom(0, 5, 2 ** 15),
  otherBatchBytes: fc.constantFrom(0, 5, 2 ** 15),
  stop: fc.nat(8),
})

const arrays = fc.array(
  fc.oneof(
    fc.jsonValue(),
    anyText().filter((text) => text.isWellFormed()),
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

describe('JsonListScanner', () => {
  test('gives the same elements wherever chunks and batches end, and wherever it is set aside and taken up', () => {
    fc.assert(
      fc.property(
        file,
        sizes,
        fc.constantFrom(undefined, 1, '\t'),
        ({ a, b, rest, value }, { size, otherSize, batchBytes, otherBatchBytes, stop }, indent) => {
          const bytes = new TextEncoder().encode(JSON.stringify(value, null, indent))
          const whole = read(bytes, size, { batchBytes })
          for (const [list, elements] of [a, b].entries()) {
            const found = whole.elements.filter((element) => element.list === list)
            expect(JSON.stringify(found.map((element) => element.value))).toBe(JSON.stringify(elements))
            expect(found.map(({ index }) => index)).toEqual(elements.map((_, index) => index))
          }
          if (batchBytes === 0) expect(whole.batches).toBe(whole.elements.length)
          expect(whole.rest).toEqual(JSON.parse(JSON.stringify({ ...rest, [KEYS[0]]: [], [KEYS[1]]: [] })))
          if (whole.batches === 0) return
          const first = read(bytes, size, { batchBytes, limit: 1 + (stop % whole.batches) })
          const second = read(bytes, otherSize, { batchBytes: otherBatchBytes, from: first.position })
          expect(JSON.stringify([...first.elements, ...second.elements])).toBe(JSON.stringify(whole.elements))
          expect(second.rest).toEqual(whole.rest)
        },
      ),
      { numRuns: cases(300) },
    )
  })

  test('set aside before a bad element, it names that one when taken up', () => {
    const bytes = new TextEncoder().encode('{"list":[1,[2, 3],nope,4],"more":5}')
    for (let size = 1; size <= bytes.length; size++)
      for (const batchBytes of [0, 2 ** 15])
        for (let limit = 1; ; limit++) {
          let first: ReturnType<typeof read>
          try {
            first = read(bytes, size, { keys: ['list'], batchBytes, limit })
          } catch (error) {
            expect((error as Error).message).toContain('/list/2: the test file is not JSON')
            expect(limit, 'those before it were given').toBeGreaterThan(1)
            break
          }
          expect(() => read(bytes, size, { keys: ['list'], batchBytes, from: first.position })).toThrow('/list/2: the test file')
        }
  })

  test('knows a key however it is escaped', () => {
    const scanner = new JsonListScanner(['list'], 'test')
    expect([...scanner.scan(new TextEncoder().encode(String.raw`{"l\u0069st":[7]}`))]).toEqual([
      { list: 0, first: 0, values: [7], text: '7' },
    ])
    scanner.finish()
  })

  test.each([
    ['a member that comes twice', '{"list":[1],"list":[2]}', 'has two members list'],
    ['a member that comes twice, the second no array', '{"list":[1],"list":2}', 'has two members list'],
    ['a member that is not an array', '{"list":{"list":[1]}}', '/list: must be an array, is an object'],
    ['nothing', '', 'the test file is not JSON'],
    ['a number where the object should be', '5', 'top level: must be an object, is a number'],
    ['JSON lines', '{"list":1}\n{"list":2}', 'the test file is not JSON'],
  ])('refuses %s', (_, text, message) => {
    const scanner = new JsonListScanner(['list'], 'test')
    expect(() => {
      for (const _element of scanner.scan(new TextEncoder().encode(text)));
      scanner.finish()
    }).toThrow(message)
  })
})

test.each([
  ['nothing', ' \n', 'top level: must be a JSON array, the file is empty'],
  [
    'JSON lines',
    '{"id":1}\n{"id":2}\n',
    'top level: must be a JSON array, the file holds an object; write JSON lines as one array: [ … ], with commas between',
  ],
  ['a number', '5', 'top level: must be a JSON array, the file holds none'],
])('a file that is an array as a whole, with %s instead', (_, text, message) => {
  const scanner = new JsonListScanner(null, 'results')
  expect(() => {
    for (const _element of scanner.scan(new TextEncoder().encode(text)));
    scanner.finish()
  }).toThrow(message)
})

describe('members of an object', () => {
  const objects = { keys: ['database'], objects: true }

  test('are the same wherever chunks end, and wherever the reading is set aside', () => {
    const names = anyText().filter((text) => text.isWellFormed() && !/^\d+$|^__proto__$/.test(text))
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue(), { maxKeys: 5 }),
        sizes,
        fc.constantFrom(undefined, '\t'),
        (database, { size, otherSize, stop }, indent) => {
          const text = JSON.stringify({ before: { database: { x: 1 } }, database, after: '"database":{' }, null, indent)
          const bytes = new TextEncoder().encode(text)
          const whole = read(bytes, size, objects)
          expect(JSON.stringify(whole.elements.map(({ key, value }) => [key, value]))).toBe(
            JSON.stringify(Object.entries(database)),
          )
          expect(whole.elements.map(({ index }) => index)).toEqual(whole.elements.map((_, index) => index))
          expect(whole.rest).toEqual({ before: { database: { x: 1 } }, database: {}, after: '"database":{' })
          if (whole.elements.length === 0) return
          const first = read(bytes, size, { ...objects, limit: 1 + (stop % whole.batches) })
          const second = read(bytes, otherSize, { ...objects, from: first.position })
          expect(JSON.stringify([...first.elements, ...second.elements])).toBe(JSON.stringify(whole.elements))
        },
      ),
      { numRuns: cases(100) },
    )
  })

  test.each([
    ['a member without a value', '{"database":{"a"}}', '/database/0: the test file is not JSON'],
    ['a trailing comma', '{"database":{"a":1,}}', '/database/1'],
    ['an object that never ends', '{"database":{"a":1,', 'ends inside the object'],
    ['an array', '{"database":[1]}', '/database: must be an object, is an array'],
  ])('refuses %s', (_, text, message) => {
    expect(() => read(new TextEncoder().encode(text), 3, objects)).toThrow(message)
  })
})
