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
    'studentTCdf',
    'studentTQuantile',
    'binomialProbability',
    'binomialCdf',
  ] as const)
    it(name, () => {
      const evaluate = functions[name] as (...args: number[]) => number
      for (const row of expected[name]!) expectClose(evaluate(...row.slice(0, -1)), row.at(-1)!, `${name}(${row.slice(0, -1)})`)
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
  it('quantiles reach infinity and refuse what is no probability', () => {
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

  it('the t quantile tends to the normal one', () => {
    expect(functions.studentTQuantile(0.975, 1e9)).toBeCloseTo(functions.normalQuantile(0.975), 8)
  })
})

/** Relative 1e-12 (far tails lose what e^−700 loses), or absolute 1e-14 near zero. */
function expectClose(actual: number, wanted: number, what: string): void {
  expect(Math.abs(actual - wanted), `${what} = ${actual}, scipy ${wanted}`).toBeLessThanOrEqual(1e-14 + 1e-12 * Math.abs(wanted))
  if (wanted !== 0 && Math.abs(wanted) < 1e-13) expect(actual / wanted, what).toBeCloseTo(1, 11)
}
