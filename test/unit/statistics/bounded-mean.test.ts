import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boundedMeanInterval,
  boundedMeanP,
  boundedProportionInterval,
  unseenItems,
} from '../../../src/statistics/bounded-mean.ts'
import { groupByCluster } from '../../../src/statistics/clusters.ts'
import type { ClusterSums } from '../../../src/statistics/clusters.ts'
import { notPositiveProbability } from '../../../src/statistics/exponential-sum.ts'

type Case = [sums: number[], sizes: number[], least: number, greatest: number, unseen: number]

/** From expected/make-expected-bounds.py: inversion of the characteristic function with scipy 1.17.1. */
const expected: {
  probabilities: [number[], number][]
  means: [[...Case, level: number], [low: number, high: number]][]
  p: [Case, number][]
  proportions: [k: number, n: number, level: number, low: number, high: number][]
} = JSON.parse(readFileSync(new URL('expected/bounds.json', import.meta.url), 'utf8'))

describe('notPositiveProbability', () => {
  it.each(expected.probabilities)('%j', (y, probability) => {
    const exact = y.filter((value) => value < 0).length === 1 || y.filter((value) => value > 0).length === 1
    const relative = notPositiveProbability(Float64Array.from(y)) / probability - 1
    expect(Math.abs(relative)).toBeLessThan(exact ? 1e-10 : 0.01)
  })

  it('is 1 if no value is positive and 0 if none is negative', () => {
    expect(notPositiveProbability(Float64Array.of(-1, 0))).toBe(1)
    expect(notPositiveProbability(Float64Array.of(0))).toBe(1)
    expect(notPositiveProbability(Float64Array.of(0, 2))).toBe(0)
  })

  it.each([1e-320, 1e-300, 1e-150, 1e150, 1e300])('does not depend on the unit: %d', (unit) => {
    const y = Float64Array.of(1, -2, 3, -1)
    expect(notPositiveProbability(y.map((value) => value * unit))).toBeCloseTo(notPositiveProbability(y), 3)
  })

  it('does not overflow on a hundred thousand values', () => {
    const y = Float64Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? 1e-3 : -1.004e-3))
    expect(notPositiveProbability(y)).toBeGreaterThan(0.5)
    expect(notPositiveProbability(y)).toBeLessThan(1)
  })
})

describe('boundedMeanInterval', () => {
  it.each(expected.means)('%j', ([sums, sizes, least, greatest, unseen, level], [low, high]) => {
    const bounds = boundedMeanInterval(clusters(sums, sizes), { ends: [least, greatest], unseen }, level)!
    // The saddlepoint's error in the tail area, below 1 %, moves an end by less than this share of the width.
    expect(Math.abs(bounds.low - low)).toBeLessThan(0.003 * (high - low))
    expect(Math.abs(bounds.high - high)).toBeLessThan(0.003 * (high - low))
  })

  it('is the closed form for right-or-wrong values', () => {
    for (const [k, n] of [
      [0, 10],
      [1, 30],
      [14, 30],
      [30, 30],
      [197, 200],
    ] as const) {
      const grouped = clusters(
        Array.from({ length: n }, (_, i) => (i < k ? 1 : 0)),
        Array.from({ length: n }, () => 1),
      )
      const general = boundedMeanInterval(grouped, { ends: [0, 1], unseen: 1 }, 0.95)!
      const closed = boundedProportionInterval(k, n, 0.95)!
      expect(general.low).toBeCloseTo(closed.low, 3)
      expect(general.high).toBeCloseTo(closed.high, 3)
    }
  })

  it('leaves, for G equal values, the share that α allows at the end of the range', () => {
    const { low, high } = boundedMeanInterval(
      clusters(
        Array.from({ length: 50 }, () => 0.6),
        Array.from({ length: 50 }, () => 1),
      ),
      { ends: [0, 1], unseen: 1 },
      0.95,
    )!
    expect(low).toBeCloseTo(0.6 * 0.05 ** (1 / 50), 9)
    expect(high).toBeCloseTo(1 - 0.4 * 0.05 ** (1 / 50), 9)
  })

  const samples = fc.array(fc.tuple(fc.nat(60), fc.constantFrom(0, 0, 0, 0.3, 0.9, 1)), { minLength: 1, maxLength: 150 })
  it('has width, stays within the range, encloses the mean, widens with the level, mirrors', () => {
    fc.assert(
      fc.property(samples, fc.constantFrom('values', 'differences'), (sample, of) => {
        const grouped = groupByCluster(sample.map(([cluster, value]) => ({ cluster, value })))
        const options = { ends: [0, 1], unseen: unseenItems(grouped, of) } as const
        const narrow = boundedMeanInterval(grouped, options, 0.8)!
        const wide = boundedMeanInterval(grouped, options, 0.99)!
        const mean = grouped.total / grouped.n
        expect(narrow.low).toBeGreaterThanOrEqual(0)
        expect(narrow.high).toBeLessThanOrEqual(1)
        expect(narrow.high).toBeGreaterThan(narrow.low)
        expect(narrow.low).toBeLessThanOrEqual(mean)
        expect(narrow.high).toBeGreaterThanOrEqual(mean)
        expect(wide.low).toBeLessThanOrEqual(narrow.low + 1e-10)
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high - 1e-10)
        const other = groupByCluster(sample.map(([cluster, value]) => ({ cluster, value: 1 - value })))
        const mirrored = boundedMeanInterval(other, options, 0.8)!
        expect(mirrored.low).toBeCloseTo(1 - narrow.high, 8)
      }),
      { numRuns: 150 },
    )
  })

  it('refuses samples outside the range', () => {
    const grouped = clusters([0.5, 1], [1, 1])
    expect(() => boundedMeanInterval(grouped, { ends: [1, 1], unseen: 1 }, 0.95)).toThrow(RangeError)
    expect(() => boundedMeanInterval(grouped, { ends: [0, 0.5], unseen: 1 }, 0.95)).toThrow(RangeError)
    expect(() => boundedMeanInterval(grouped, { ends: [0, 1], unseen: 0 }, 0.95)).toThrow(RangeError)
    expect(() => boundedMeanInterval(grouped, { ends: [0, 1], unseen: 1 }, 1)).toThrow(RangeError)
    expect(boundedMeanInterval(clusters([], []), { ends: [0, 1], unseen: 1 }, 0.95)).toBeNull()
  })
})

describe('boundedMeanP', () => {
  it.each(expected.p)('%j', ([sums, sizes, least, greatest, unseen], p) => {
    expect(boundedMeanP(clusters(sums, sizes), { ends: [least, greatest], unseen }, 0)).toBeCloseTo(p, 3)
  })

  it('is at most α if the interval excludes the value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(-1, -0.3, 0, 0, 0, 0.4, 1), { minLength: 1, maxLength: 60 }),
        fc.constantFrom(0.5, 0.9, 0.95),
        (values, level) => {
          const grouped = groupByCluster(values.map((value, cluster) => ({ cluster, value })))
          const options = { ends: [-1, 1], unseen: 1 } as const
          const { low, high } = boundedMeanInterval(grouped, options, level)!
          const p = boundedMeanP(grouped, options, 0)
          if (low > 1e-6 || high < -1e-6) expect(p).toBeLessThanOrEqual(1 - level + 1e-9)
          if (low < -1e-6 && high > 1e-6) expect(p).toBeGreaterThanOrEqual(1 - level - 1e-9)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('boundedProportionInterval', () => {
  it.each(expected.proportions)('k = %i, n = %i at %f', (k, n, level, low, high) => {
    const bounds = boundedProportionInterval(k, n, level)!
    expect(bounds.low).toBeCloseTo(low, 10)
    expect(bounds.high).toBeCloseTo(high, 10)
  })

  it('is null for n = 0 and refuses impossible counts', () => {
    expect(boundedProportionInterval(0, 0, 0.95)).toBeNull()
    expect(() => boundedProportionInterval(3, 2, 0.95)).toThrow(RangeError)
  })
})

function clusters(sums: readonly number[], sizes: readonly number[]): ClusterSums {
  return {
    n: sizes.reduce((sum, size) => sum + size, 0),
    clusters: sums.length,
    total: sums.reduce((sum, value) => sum + value, 0),
    sums: Float64Array.from(sums),
    sizes: Float64Array.from(sizes),
  }
}
