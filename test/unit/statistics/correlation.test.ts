import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kendallTauB, kendallTauC, pearson, spearman } from '../../../src/statistics/correlation.ts'
import { midranks } from '../../../src/statistics/ranks.ts'
import { goldenSources } from '../metrics/golden.ts'

interface Vector {
  readonly x: number[]
  readonly y: number[]
  readonly tau_b: number | null
  readonly tau_c: number | null
  readonly spearman: number | null
  readonly pearson: number | null
}

describe.each(goldenSources('correlation'))('scipy: $name', ({ json }) => {
  const vectors: Vector[] = json('correlation/vectors.json')
  it.each(vectors)('scipy, n = $x.length, τ-b $tau_b', (vector) => {
    for (const [actual, wanted] of [
      [kendallTauB(vector.x, vector.y), vector.tau_b],
      [kendallTauC(vector.x, vector.y), vector.tau_c],
      [spearman(vector.x, vector.y), vector.spearman],
      [pearson(vector.x, vector.y), vector.pearson],
    ] as const) {
      if (wanted === null) expect(actual).toBeNaN()
      else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-12 * Math.abs(wanted))
    }
  })
})

const scored = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 4 })), { minLength: 2, maxLength: 60 })

describe('laws', () => {
  it('τ-b equals a count of all pairs', () => {
    fc.assert(
      fc.property(scored, (pairs) => {
        const x = pairs.map(([first]) => first)
        const y = pairs.map(([, second]) => second)
        const slow = tauBByPairs(x, y)
        const fast = kendallTauB(x, y)
        if (Number.isNaN(slow)) expect(fast).toBeNaN()
        else expect(fast).toBeCloseTo(slow, 12)
      }),
      { numRuns: 200 },
    )
  })

  it('rank correlations ignore increasing maps, change sign with order, and stay within ±1', () => {
    fc.assert(
      fc.property(scored, (pairs) => {
        const x = pairs.map(([first]) => first)
        const y = pairs.map(([, second]) => second)
        for (const correlation of [kendallTauB, kendallTauC, spearman]) {
          const value = correlation(x, y)
          expect(
            correlation(
              x.map((score) => score ** 3 + 1),
              y,
            ),
          ).toBe(value)
          if (Number.isNaN(value)) continue
          expect(
            correlation(
              x.map((score) => -score),
              y,
            ),
          ).toBeCloseTo(-value, 12)
          expect(Math.abs(value)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('100,000 items take little time', () => {
    const x = Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 1000)
    const y = Array.from({ length: 100_000 }, (_, i) => (i * 104_729) % 100)
    expect(Math.abs(kendallTauB(x, y))).toBeLessThan(1)
  }, 2000)

  it('refuses lists of different lengths, and gives NaN for NaN scores', () => {
    for (const correlation of [kendallTauB, kendallTauC, spearman, pearson]) {
      expect(() => correlation([1, 2], [1])).toThrow(RangeError)
      expect(correlation([1, NaN, 3], [1, 2, 3])).toBeNaN()
      expect(correlation([], [])).toBeNaN()
    }
  })
})

it('midranks share the mean of their ranks', () => {
  expect(Array.from(midranks([10, 20, 10, 30, 20, 20]))).toEqual([1.5, 4, 1.5, 6, 4, 4])
})

function tauBByPairs(x: number[], y: number[]): number {
  let surplus = 0
  let untiedX = 0
  let untiedY = 0
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) {
      const dx = Math.sign(x[i]! - x[j]!)
      const dy = Math.sign(y[i]! - y[j]!)
      surplus += dx * dy
      untiedX += Math.abs(dx)
      untiedY += Math.abs(dy)
    }
  return surplus / Math.sqrt(untiedX * untiedY)
}
