import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { lookSizes, stoppingTime } from '../../../src/statistics/stopping-time.ts'
import { excludesMean, withoutReplacementBounds } from '../../../src/statistics/without-replacement.ts'
import type { Prefix } from '../../../src/statistics/without-replacement.ts'

const UNIT = [0, 1] as const

/** Brute force over a grid of means in numpy: expected/make-expected-tests.py. */
const expected: { withoutReplacement: [number[], number, [number, number]][] } = JSON.parse(
  readFileSync(new URL('expected/tests.json', import.meta.url), 'utf8'),
)
const GRID = 1e-4

const datasets = fc.array(fc.constantFrom(0, 0.3, 0.6, 0.9, 1), { minLength: 2, maxLength: 60 })

describe('the capital processes agree with brute force', () => {
  it.each(expected.withoutReplacement)('without replacement', (values, populationSize, [low, high]) => {
    const bounds = withoutReplacementBounds({ values, populationSize, range: UNIT }, 0.95)
    expect(Math.abs(bounds.low - low)).toBeLessThanOrEqual(GRID)
    expect(Math.abs(bounds.high - high)).toBeLessThanOrEqual(GRID)
  })
})

describe('confidence sequence without replacement', () => {
  it('narrows with every item, to the mean itself at the last', () => {
    fc.assert(
      fc.property(datasets, (values) => {
        // If a prefix excluded the true mean (in at most 5 % of orders), the last item, which reveals it,
        // reverses the ends.
        fc.pre(!excludesMean({ values, populationSize: values.length, range: UNIT }, mean(values), 0.95))
        let last = { low: 0, high: 1 }
        for (let n = 0; n <= values.length; n++) {
          const bounds = withoutReplacementBounds(
            { values: values.slice(0, n), populationSize: values.length, range: UNIT },
            0.95,
          )
          if (bounds.low > bounds.high) throw new Error('ends out of order')
          // A crossing (see the module) may reverse the ends once; otherwise they only approach each other.
          if (last.low < last.high - 1e-12) {
            expect(bounds.low).toBeGreaterThanOrEqual(last.low - 1e-12)
            expect(bounds.high).toBeLessThanOrEqual(last.high + 1e-12)
          }
          last = bounds
        }
        expect(last.low).toBeCloseTo(mean(values), 12)
        expect(last.high).toBeCloseTo(mean(values), 12)
      }),
      { numRuns: 40 },
    )
  })

  it('agrees with the check of a single value', () => {
    const random = new CounterRandom(1, 'sequence').startReplicate(0)
    const values = Array.from({ length: 300 }, () => random.uniform())
    const prefix: Prefix = { values, populationSize: 1000, range: UNIT }
    const { low, high } = withoutReplacementBounds(prefix, 0.95)
    expect(low).toBeLessThan(mean(values))
    expect(high).toBeGreaterThan(mean(values))
    for (const inside of [low + 1e-9, (low + high) / 2, high - 1e-9]) expect(excludesMean(prefix, inside, 0.95)).toBe(false)
    for (const outside of [low - 1e-9, high + 1e-9, 0, 1]) expect(excludesMean(prefix, outside, 0.95)).toBe(true)
  })

  it('counts an errored item low in the lower bound and high in the upper', () => {
    const random = new CounterRandom(2, 'sequence').startReplicate(0)
    const values = Array.from({ length: 400 }, () => random.uniform())
    const errored = values.map((_, i) => (i % 20 === 3 ? 1 : 0))
    const as = (score: number) => values.map((value, i) => (errored[i] ? score : value))
    const both = withoutReplacementBounds(
      { values: values.map((value, i) => (errored[i] ? NaN : value)), errored, populationSize: 500, range: UNIT },
      0.95,
    )
    expect(both.low).toBe(withoutReplacementBounds({ values: as(0), populationSize: 500, range: UNIT }, 0.95).low)
    expect(both.high).toBe(withoutReplacementBounds({ values: as(1), populationSize: 500, range: UNIT }, 0.95).high)
    expect(withoutReplacementBounds({ values: [0, 0, 0], errored: [1, 1, 1], populationSize: 3, range: UNIT }, 0.95)).toEqual({
      low: 0,
      high: 1,
    })
  })

  it('moves with the range', () => {
    const values = [0.1, 0.9, 0.5, 0.5, 1, 0.2]
    const unit = withoutReplacementBounds({ values, populationSize: 9, range: UNIT }, 0.9)
    const moved = withoutReplacementBounds(
      { values: values.map((value) => 2 * value - 1), populationSize: 9, range: [-1, 1] },
      0.9,
    )
    expect(moved.low).toBeCloseTo(2 * unit.low - 1, 12)
    expect(moved.high).toBeCloseTo(2 * unit.high - 1, 12)
  })

  it('refuses an invalid prefix', () => {
    expect(() => withoutReplacementBounds({ values: [1, 1], populationSize: 1, range: UNIT }, 0.95)).toThrow(RangeError)
    expect(() => withoutReplacementBounds({ values: [2], populationSize: 4, range: UNIT }, 0.95)).toThrow(RangeError)
    expect(() => withoutReplacementBounds({ values: [1], populationSize: 4, range: UNIT }, 1)).toThrow(RangeError)
  })
})

describe('looks', () => {
  it('grow by a quarter and end with the dataset', () => {
    expect(lookSizes(100, 400)).toEqual([100, 125, 157, 196, 245, 306, 382, 400])
    expect(lookSizes(1, 6)).toEqual([1, 2, 3, 4, 5, 6])
    expect(lookSizes(50, 50)).toEqual([50])
    expect(lookSizes(100, 50)).toEqual([50])
    expect(() => lookSizes(0, 5)).toThrow(RangeError)
  })
})

describe('stopping time', () => {
  const random = new CounterRandom(3, 'stopping').startReplicate(0)
  const values = Array.from({ length: 3000 }, () => (random.uniform() < 0.8 ? 1 : 0))
  const whole: Prefix = { values, populationSize: values.length, range: UNIT }

  it('is the first look that meets the rule, regardless of later records', () => {
    const plan = { firstLook: 50, level: 0.95, rule: { kind: 'half_width', halfWidth: 0.05 } } as const
    const stop = stoppingTime(whole, plan)!
    expect(stop.isRuleMet).toBe(true)
    expect(stop.tau).toBeLessThan(1500)
    expect(stop.bounds.high - stop.bounds.low).toBeLessThanOrEqual(0.1)
    expect(stoppingTime({ ...whole, values: values.slice(0, stop.tau) }, plan)).toEqual(stop)
    expect(stoppingTime({ ...whole, values: values.slice(0, stop.tau + 17) }, plan)).toEqual(stop)
    expect(stoppingTime({ ...whole, values: values.slice(0, stop.tau - 1) }, plan)).toBeNull()
  })

  it('settles the sign of a paired difference', () => {
    const differences = values.map((value, i) => value - (i % 2))
    const plan = { firstLook: 50, level: 0.95, rule: { kind: 'excludes', value: 0 } } as const
    const stop = stoppingTime({ values: differences, populationSize: 3000, range: [-1, 1] }, plan)!
    expect(stop.bounds.low).toBeGreaterThan(0)
    expect(stop.tau).toBeLessThan(500)
  })

  it('is the last item if the rule is never met', () => {
    const plan = { firstLook: 50, level: 0.95, rule: { kind: 'excludes', value: mean(values) } } as const
    const stop = stoppingTime(whole, plan)!
    expect(stop.tau).toBe(3000)
    expect(stop.isRuleMet).toBe(false)
  })
})

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
