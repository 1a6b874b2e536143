import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/contracts/canonical-json.ts'
import { digestOf } from '../../../src/contracts/digest.ts'

/** RFC 8785, appendix B: IEEE 754 bits and their canonical text. */
const NUMBERS: readonly (readonly [bits: string, text: string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
]

function doubleOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(`0x${bits}`))
  return view.getFloat64(0)
}

describe('RFC 8785', () => {
  test.each(NUMBERS)('appendix B: %s is %s', (bits, text) => {
    expect(canonicalJson(doubleOf(bits))).toBe(text)
  })

  test('section 3.2.2: literals, numbers and strings', () => {
    const input = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`) as unknown
    expect(canonicalJson(input)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  test('section 3.2.3: keys by UTF-16 code units, at every depth', () => {
    const keys = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']
    const shuffled = [4, 0, 6, 1, 5, 2, 3].map((index) => keys[index]!)
    const inner = Object.fromEntries(shuffled.map((key) => [key, 1]))
    expect(Object.keys(JSON.parse(canonicalJson({ b: inner, a: inner })) as object)).toEqual(['a', 'b'])
    const text = canonicalJson(inner)
    const places = keys.map((key) => text.indexOf(JSON.stringify(key)))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  test('values without a JSON form are refused, never hidden', () => {
    for (const value of [
      NaN,
      Infinity,
      -Infinity,
      undefined,
      1n,
      () => 1,
      Symbol('x'),
      '\ud800',
      { '\udc00': 1 },
      [undefined],
      new Map(),
      new Date(0),
      Float32Array.of(1),
    ])
      expect(() => canonicalJson(value), String(value)).toThrow(TypeError)
    // oxlint-disable-next-line no-sparse-arrays
    expect(() => canonicalJson([1, , 2])).toThrow(TypeError)
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  })
})

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>

test('means what JSON means, and is a fixed point', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value)
      // -0 has no canonical form.
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(JSON.parse(text))).toBe(text)
    }),
  )
})

test('does not depend on the order in which members were set', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), json), fc.infiniteStream(fc.nat()), async (value, order) => {
      const entries = Object.entries(value)
        .map((entry) => ({ entry, key: order.next().value as number }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ entry }) => entry)
      const shuffled = Object.fromEntries(entries) as unknown
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value))
      expect(await digestOf(shuffled)).toBe(await digestOf(value))
    }),
    { numRuns: 50 },
  )
})
