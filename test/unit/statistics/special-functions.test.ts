import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { clopperPearson, wilson } from '../../../src/statistics/binomial-intervals.ts'
import * as functions from '../../../src/statistics/special-functions.ts'

/** Rows [...arguments, value], made by expected/make-expected.py with scipy 1.17.1. */
const expected: Record<string, number[][]> = JSON.parse(
  readFileSync(new URL('expected/distributions.json', import.meta.url), 'utf8'),
)

describe('distribution functions agree with scipy', () => {
  for (const name of [
    'normalCdf',
    'normalQuantile',
    'lgamma',
    'incompleteBeta',
    'inverseIncompleteBeta',
    'studentTQuantile',
    'binomialProbability',
    'binomialCdf',
  ] as const)
    it(name, () => {
      const evaluate = functions[name] as (...args: number[]) => number
      for (const row of expected[name]!) expectClose(evaluate(...row.slice(0, -1)), row.at(-1)!, `${name}(${row.slice(0, -1)})`)
    })

  it('studentTUpperTail, against the distribution function', () => {
    for (const [t, df, cdf] of expected['studentTCdf'] as [number, number, number][])
      expectClose(functions.studentTUpperTail(-t, df), cdf, `studentTUpperTail(${-t}, ${df})`)
  })
})

describe('binomial intervals agree with scipy', () => {
  for (const [name, interval] of Object.entries({ wilson, clopperPearson }))
    it(name, () => {
      for (const [k, n, level, low, high] of expected[name]!) {
        const bounds = interval(k!, n!, level!)!
        expectClose(bounds.low, low!, `${name}(${k}, ${n}, ${level}).low`)
        expectClose(bounds.high, high!, `${name}(${k}, ${n}, ${level}).high`)
      }
    })
})

describe('edges', () => {
  it('quantiles reach infinity and refuse values outside [0, 1]', () => {
    expect(functions.normalQuantile(0)).toBe(-Infinity)
    expect(functions.normalQuantile(1)).toBe(Infinity)
    expect(functions.studentTQuantile(1, 3)).toBe(Infinity)
    for (const p of [-0.1, 1.1, NaN]) {
      expect(() => functions.normalQuantile(p)).toThrow(RangeError)
      expect(() => functions.studentTQuantile(p, 3)).toThrow(RangeError)
      expect(() => functions.inverseIncompleteBeta(p, 1, 1)).toThrow(RangeError)
    }
    expect(() => functions.studentTQuantile(0.5, 0)).toThrow(RangeError)
  })

  // mpmath at 40 digits.
  it.each([
    [1e-275, 1, 3.1830988618379067e274],
    [1e-300, 2, 7.071067811865475e149],
    [1e-200, 1.5, 1.1245005997832135e133],
    [1e-30, 1, 3.183098861837907e29],
    [1e-12, 1, 318309886183.7907],
    [1e-60, 5, 1568392559099.338],
    [1e-250, 30, 1081064634.5305128],
  ])('the t quantile of a far tail returns: %f, %f degrees of freedom', (tail, df, t) => {
    expectClose(functions.studentTQuantile(tail, df), -t, `studentTQuantile(${tail}, ${df})`)
  })

  it('the t quantile returns for the least positive number and for NaN', () => {
    expect(functions.studentTQuantile(5e-324, 0.5)).toBe(-Infinity)
    expect(() => functions.studentTQuantile(NaN, 1)).toThrow(RangeError)
    expect(functions.studentTQuantile(5e-324, 1)).toBeLessThan(-1e300)
  })

  it('the complement of the inverse incomplete beta function mirrors it', () => {
    for (const [p, a, b] of [
      [0.025, 3, 8],
      [0.5, 0.5, 0.5],
      [0.9, 200, 4],
    ] as const)
      expectClose(functions.inverseIncompleteBetaComplement(p, a, b), 1 - functions.inverseIncompleteBeta(p, a, b), `${p}`)
    expect(functions.inverseIncompleteBetaComplement(0, 2, 3)).toBe(1)
    expect(functions.inverseIncompleteBetaComplement(1, 2, 3)).toBe(0)
    expect(() => functions.inverseIncompleteBetaComplement(2, 2, 3)).toThrow(RangeError)
  })

  it('the t quantile tends to the normal one', () => {
    expect(functions.studentTQuantile(0.975, 1e9)).toBeCloseTo(functions.normalQuantile(0.975), 8)
  })
})

/** Relative 1e-12 (far tails lose what e^−700 loses), or absolute 1e-14 near zero. */
function expectClose(actual: number, wanted: number, what: string): void {
  expect(Math.abs(actual - wanted), `${what} = ${actual}, scipy ${wanted}`).toBeLessThanOrEqual(1e-14 + 1e-12 * Math.abs(wanted))
  if (wanted !== 0 && Math.abs(wanted) < 1e-13) expect(actual / wanted, what).toBeCloseTo(1, 11)
}
