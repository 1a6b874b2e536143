import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exp, log, log1p, pow } from '../../../src/statistics/elementary.ts'
import { bitsOf, ulpsBetween } from './float-bits.ts'

const positive = fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true })

describe('elementary functions stay within 2 ulp of the engine', () => {
  it('log', () => {
    fc.assert(
      fc.property(positive, (x) => ulpsBetween(log(x), Math.log(x)) <= 2),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => ulpsBetween(log(x), Math.log(x)) <= 2),
      { numRuns: 3000 },
    )
  })

  it('log1p', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.999, max: 1e6, noNaN: true }), (x) => ulpsBetween(log1p(x), Math.log1p(x)) <= 2),
      { numRuns: 3000 },
    )
  })

  it('exp', () => {
    fc.assert(
      fc.property(fc.double({ min: -745, max: 709.7, noNaN: true }), (x) => ulpsBetween(exp(x), Math.exp(x)) <= 2),
      { numRuns: 3000 },
    )
  })

  it('pow', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        fc.double({ min: -30, max: 30, noNaN: true }),
        (x, y) => ulpsBetween(pow(x, y), x ** y) <= 2,
      ),
      { numRuns: 3000 },
    )
  })
})

describe('special cases', () => {
  it('follow ECMAScript', () => {
    const edge = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, Infinity, -Infinity, NaN, 1e300, -1e300, 5e-324]
    for (const x of edge) {
      expect(log(x), `log ${x}`).toBe(Math.log(x))
      expect(log1p(x), `log1p ${x}`).toBe(Math.log1p(x))
      expect(exp(x), `exp ${x}`).toBe(Math.exp(x))
      for (const y of edge) expect(pow(x, y), `${x} ** ${y}`).toBe(x ** y)
    }
  })

  it('integer powers are exact', () => {
    for (let base = 2; base <= 12; base++)
      for (let exponent = 1, value = base; value < 2 ** 53; exponent++, value *= base) expect(pow(base, exponent)).toBe(value)
  })

  it('exp reaches the least and nearly the greatest number', () => {
    expect(exp(-745.13)).toBe(5e-324)
    expect(exp(-745.2)).toBe(0)
    expect(exp(709.782712893384)).toBe(1.7976931348622732e308)
    expect(exp(709.79)).toBe(Infinity)
  })
})

describe('the same bits on every engine', () => {
  it('of single values', () => {
    expect(BITS_OF_LOG.map(([x]) => [x, bitsOf(log(x))])).toEqual(BITS_OF_LOG)
    expect(BITS_OF_EXP.map(([x]) => [x, bitsOf(exp(x))])).toEqual(BITS_OF_EXP)
    expect(BITS_OF_POW.map(([x, y]) => [x, y, bitsOf(pow(x, y))])).toEqual(BITS_OF_POW)
  })

  it('of 20,000 values folded into one hash', () => {
    let hash = 0xcbf29ce484222325n
    const absorb = (value: number) => {
      hash = BigInt.asUintN(64, (hash ^ BigInt(`0x${bitsOf(value)}`)) * 0x100000001b3n)
    }
    for (let i = 1; i <= 5000; i++) {
      absorb(log(i / 7))
      absorb(log1p(-i / 5001))
      absorb(exp((i - 2500) / 11))
      absorb(pow(i / 13, 2500 / i))
    }
    expect(hash.toString(16)).toBe('49a271b77fb7c974')
  })
})

/** Correctly rounded values (mpmath) with which this implementation agrees. */
const BITS_OF_LOG: [number, string][] = [
  [1e-300, 'c085963447f87fb5'],
  [0.1, 'c0026bb1bbb55515'],
  [0.7, 'bfd6d3c324e13f50'],
  [1.0001, '3f1a368d0657fcd4'],
  [1.5, '3fd9f323ecbf984c'],
  [2, '3fe62e42fefa39ef'],
  [10, '40026bb1bbb55516'],
  [101, '401275e2271bba31'],
  [40504, '402537e34c099324'],
  [123456.789, '40277281cad8a844'],
  [1e300, '4085963447f87fb5'],
]
const BITS_OF_EXP: [number, string][] = [
  [-700, '00d14f2b0fb9307f'],
  [-20.5, '3e157a3afeed00ab'],
  [-1, '3fd78b56362cef38'],
  [-0.1, '3fecf46d99d52b3a'],
  [1e-9, '3ff000000044b830'],
  [0.3, '3ff599058c8c1a96'],
  [0.5, '3ffa61298e1e069c'],
  [1, '4005bf0a8b145769'],
  [2, '401d8e64b8d4ddae'],
  [10, '40d5829dcf950560'],
  [100.25, '48f8c39b9134bac4'],
  [700, '7f0d945df4f8ec8e'],
]
const BITS_OF_POW: [number, number, string][] = [
  [2, 0.5, '3ff6a09e667f3bcd'],
  [10, -1, '3fb999999999999a'],
  [1.1, 100, '40caea4e6126bb95'],
  [0.3, 0.7, '3fdb8d809c615f41'],
  [123.4, 5.6, '425df2492ba97c5a'],
  [0.99, 1000, '3f06a258c41be10e'],
  [7, 20, '4371b7aa4b87e16e'],
  [1.0000001, 10000000, '4005bf0a790ce6f2'],
  [3, 0.3333333333333333, '3ff7137449123ef6'],
]
