import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Interval as ReportInterval } from '../../../src/contracts/report.ts'
import { boundedMeanInterval, boundedProportionInterval } from '../../../src/statistics/bounded-mean.ts'
import { clopperPearson, wilson } from '../../../src/statistics/binomial-intervals.ts'
import { clusterRobustStandardError } from '../../../src/statistics/cluster-robust.ts'
import { groupByCluster } from '../../../src/statistics/clusters.ts'
import type { ClusteredValue } from '../../../src/statistics/clusters.ts'
import type { Interval } from '../../../src/statistics/interval.ts'
import { meanInterval } from '../../../src/statistics/mean-interval.ts'
import type { MeanIntervalOptions } from '../../../src/statistics/mean-interval.ts'
import { medianOrderStatistic } from '../../../src/statistics/order-statistic.ts'

const BOUNDED: MeanIntervalOptions = { kind: 'bounded', range: [0, 1], level: 0.95, target: 'population' }
const VQA_SCORES = [0, 0.3, 0.6, 0.9, 1]

const observations = fc.array(fc.record({ cluster: fc.nat(40), value: fc.constantFrom(...VQA_SCORES) }), {
  minLength: 1,
  maxLength: 120,
})
const levels = fc.tuple(fc.double({ min: 0.5, max: 0.9, noNaN: true }), fc.double({ min: 0.91, max: 0.999, noNaN: true }))

it('is the interval of the report contract', () => {
  expectTypeOf<Interval>().toExtend<ReportInterval>()
})

describe('meanInterval chooses by kind of data', () => {
  const method = 'bounded-bayesian-bootstrap'

  it('binary, one item per cluster: the closed form', () => {
    const values = [1, 1, 0, 1, 1, 1, 0, 1, 0, 1]
    const interval = meanInterval(oneACluster(values), { ...BOUNDED, kind: 'binary' })
    expect(interval).toEqual({
      ...boundedProportionInterval(7, 10, 0.95),
      method,
      level: 0.95,
      target: 'population',
      clusters: 10,
      notes: ['too_few_samples'],
    })
  })

  it('several items per cluster: the unseen cluster has the size of the cluster that contains an item', () => {
    const observed = [1, 0, 0.3, 0.6, 1, 1, 0.9, 0, 0.3, 1].map((value, i) => ({
      cluster: [0, 0, 1, 1, 1, 2, 3, 3, 4, 4][i]!,
      value,
    }))
    const ends = [0, 1] as const
    const grouped = groupByCluster(observed)
    expect(meanInterval(observed, BOUNDED)).toMatchObject({
      ...boundedMeanInterval(grouped, { ends, unseen: 2.2 }, 0.95),
      method,
    })
    expect(meanInterval(observed, { ...BOUNDED, of: 'differences' })).toMatchObject(
      boundedMeanInterval(grouped, { ends, unseen: Math.sqrt(2.2) }, 0.95)!,
    )
  })

  it('no variance between clusters: width from the range', () => {
    for (const value of VQA_SCORES) {
      const interval = meanInterval(oneACluster(Array.from({ length: 50 }, () => value)), BOUNDED)!
      expect(interval).toMatchObject({ method, clusters: 50, notes: ['zero_variance'] })
      expect(interval.high - interval.low).toBeGreaterThan(0.05)
      expect(interval.low).toBeLessThanOrEqual(value)
      expect(interval.high).toBeGreaterThanOrEqual(value)
    }
    const balanced = Array.from({ length: 60 }, (_, i) => ({ cluster: i >> 1, value: i & 1 }))
    expect(meanInterval(balanced, BOUNDED)).toMatchObject({ clusters: 30, notes: ['zero_variance'] })
  })

  it('one cluster: too few samples', () => {
    const one = [0.2, 1].map((value) => ({ cluster: 4, value }))
    expect(meanInterval(one, BOUNDED)).toMatchObject({ clusters: 1, notes: ['too_few_samples'] })
  })

  it('notes that nearly all clusters are equal, by a fixed count', () => {
    const withFailures = (failures: number) => oneACluster(Array.from({ length: 60 }, (_, i) => (i < failures ? 0.2 : 1)))
    expect(meanInterval(withFailures(9), BOUNDED)!.notes).toEqual(['near_degenerate'])
    expect(meanInterval(withFailures(10), BOUNDED)!.notes).toBeUndefined()
    expect(meanInterval(withFailures(51), BOUNDED)!.notes).toEqual(['near_degenerate'])
  })

  it('notes that the mean rests on few clusters, since others are small', () => {
    const unequal = Array.from({ length: 140 }, (_, i) => ({ cluster: Math.max(0, i - 99), value: (i % 7) / 6 }))
    expect(meanInterval(unequal, BOUNDED)).toMatchObject({ clusters: 41, notes: ['few_effective_clusters'] })
    expect(meanInterval(unequal.slice(99), BOUNDED)!.notes).toBeUndefined()
  })

  it('a score that never reaches the ends of its range: the unseen cluster lies within the observed values', () => {
    const cosines = oneACluster(Array.from({ length: 60 }, (_, i) => 0.6 + (i % 13) / 60))
    const inner = meanInterval(cosines, { ...BOUNDED, kind: 'inner', range: [0, 2.5] })!
    const far = meanInterval(cosines, { ...BOUNDED, range: [0, 2.5] })!
    expect(inner).toMatchObject(boundedMeanInterval(groupByCluster(cosines), { ends: [0.6, 0.6 + 12 / 60], unseen: 1 }, 0.95)!)
    expect(inner.high - inner.low).toBeLessThan(0.6 * (far.high - far.low))
    const equal = meanInterval(oneACluster([0.7, 0.7, 0.7]), { ...BOUNDED, kind: 'inner', range: [0, 2.5] })!
    expect(equal.high - equal.low).toBeGreaterThan(0.5)
  })

  it('no scores, or no range to fall back on: null', () => {
    expect(meanInterval([], BOUNDED)).toBeNull()
    expect(meanInterval(oneACluster([2, 2, 2]), { ...BOUNDED, range: [0, null] })).toBeNull()
    expect(meanInterval(oneACluster([2, 2, 3]), { ...BOUNDED, range: [0, null] })).toMatchObject(
      boundedMeanInterval(groupByCluster(oneACluster([2, 2, 3])), { ends: [0, 3], unseen: 1 }, 0.95)!,
    )
  })

  it('refuses values outside the range', () => {
    expect(() => meanInterval(oneACluster([0.5, 1.1]), BOUNDED)).toThrow(RangeError)
    expect(() => meanInterval(oneACluster([0.5, NaN]), BOUNDED)).toThrow(RangeError)
    expect(() => meanInterval(oneACluster([0.5]), { ...BOUNDED, kind: 'binary' })).toThrow(RangeError)
    expect(() => meanInterval(oneACluster([0.5]), { ...BOUNDED, level: 1 })).toThrow(RangeError)
  })
})

describe('laws of meanInterval', () => {
  it('contains the mean, stays in the range, has width', () => {
    fc.assert(
      fc.property(observations, (sample) => {
        const interval = meanInterval(sample, BOUNDED)!
        const mean = sample.reduce((sum, { value }) => sum + value, 0) / sample.length
        expect(interval.low).toBeGreaterThanOrEqual(0)
        expect(interval.high).toBeLessThanOrEqual(1)
        expect(interval.high).toBeGreaterThan(interval.low)
        expect(interval.low).toBeLessThanOrEqual(mean + 1e-12)
        expect(interval.high).toBeGreaterThanOrEqual(mean - 1e-12)
      }),
      { numRuns: 200 },
    )
  })

  it('widens with the level', () => {
    fc.assert(
      fc.property(observations, levels, (sample, [lower, higher]) => {
        const narrow = meanInterval(sample, { ...BOUNDED, level: lower })!
        const wide = meanInterval(sample, { ...BOUNDED, level: higher })!
        expect(wide.low).toBeLessThanOrEqual(narrow.low + 1e-10)
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high - 1e-10)
      }),
      { numRuns: 100 },
    )
  })

  it('has the same bits when clusters are relabelled in order', () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 1, max: 1000 }), (sample, stride) => {
        const relabelled = sample.map(({ cluster, value }) => ({ cluster: 3 + cluster * stride, value }))
        expect(meanInterval(relabelled, BOUNDED)).toEqual(meanInterval(sample, BOUNDED))
      }),
      { numRuns: 100 },
    )
  })

  it('hardly notices the order of items (rounding only)', () => {
    fc.assert(
      fc.property(observations, fc.nat(), (sample, rotation) => {
        const cut = rotation % sample.length
        const rotated = meanInterval([...sample.slice(cut), ...sample.slice(0, cut)], BOUNDED)!
        const straight = meanInterval(sample, BOUNDED)!
        expect(rotated.method).toBe(straight.method)
        expect(rotated.low).toBeCloseTo(straight.low, 10)
        expect(rotated.high).toBeCloseTo(straight.high, 10)
      }),
      { numRuns: 100 },
    )
  })
})

describe('cluster-robust standard error', () => {
  it('equals statsmodels', () => {
    // sm.OLS(y, ones).fit(cov_type='cluster', cov_kwds={'groups': g, 'use_correction': True}).bse: CR1, since
    // (n − 1)/(n − 1) = 1.
    const y = [1, 0, 0.3, 0.6, 1, 1, 0.9, 0, 0.3, 1]
    const g = [0, 0, 1, 1, 1, 2, 3, 3, 4, 4]
    const grouped = groupByCluster(y.map((value, i) => ({ cluster: g[i]!, value })))
    expect(clusterRobustStandardError(grouped)).toBeCloseTo(STATSMODELS_BSE, 12)
  })

  it('is s/√n with one item per cluster', () => {
    const values = [0.2, 0.9, 0.4, 1, 0]
    const mean = values.reduce((a, b) => a + b) / 5
    const s = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4)
    expect(clusterRobustStandardError(groupByCluster(oneACluster(values)))).toBeCloseTo(s / Math.sqrt(5), 14)
  })

  it('grows by √m when each item is copied m times into its cluster: copies carry no information', () => {
    const values = [0.2, 0.9, 0.4, 1, 0]
    const copies = values.flatMap((value, cluster) => Array.from({ length: 7 }, () => ({ cluster, value })))
    expect(clusterRobustStandardError(groupByCluster(copies))).toBeCloseTo(
      clusterRobustStandardError(groupByCluster(oneACluster(values)))!,
      14,
    )
  })
})

describe('binomial intervals', () => {
  it('contain the share, mirror each other, and widen with the level', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        levels,
        (n, share, [lower, higher]) => {
          const k = Math.round(n * share)
          for (const interval of [wilson, clopperPearson]) {
            const bounds = interval(k, n, lower)!
            const mirrored = interval(n - k, n, lower)!
            const wider = interval(k, n, higher)!
            expect(bounds.low).toBeLessThanOrEqual(k / n)
            expect(bounds.high).toBeGreaterThanOrEqual(k / n)
            expect(mirrored.low).toBeCloseTo(1 - bounds.high, 12)
            expect(wider.low).toBeLessThanOrEqual(bounds.low)
            expect(wider.high).toBeGreaterThanOrEqual(bounds.high)
            expect(bounds.high).toBeGreaterThan(bounds.low)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('a small upper end keeps its digits', () => {
    // mpmath: 1 − 0.025^(1/n); the product's: 1 − 0.05^(1/n).
    expect(Math.abs(clopperPearson(0, 1e8, 0.95)!.high / 3.688879386074779e-8 - 1)).toBeLessThan(1e-11)
    expect(Math.abs(boundedProportionInterval(0, 1e8, 0.95)!.high / 2.995732228681932e-8 - 1)).toBeLessThan(1e-9)
  })

  it('are null for n = 0 and refuse impossible counts', () => {
    expect(wilson(0, 0, 0.95)).toBeNull()
    expect(clopperPearson(0, 0, 0.95)).toBeNull()
    expect(() => wilson(3, 2, 0.95)).toThrow(RangeError)
    expect(() => clopperPearson(0.5, 2, 0.95)).toThrow(RangeError)
  })
})

describe('median order statistic', () => {
  it('is the textbook interval', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i * 37) % 100)
    // r = 40: P(Bin(100, ½) ≤ 39) = 0.0176, P(≤ 40) = 0.0284.
    expect(medianOrderStatistic(values, { level: 0.95, target: 'population' })).toMatchObject({
      low: 39,
      high: 60,
      clusters: 100,
    })
  })

  it('is null if the sample is too small for the level', () => {
    expect(medianOrderStatistic([1, 2, 3, 4, 5], { level: 0.95, target: 'population' })).toBeNull()
    expect(medianOrderStatistic([6, 1, 2, 3, 4, 5], { level: 0.95, target: 'population' })).toMatchObject({ low: 1, high: 6 })
  })

  it('is invariant to order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 6, maxLength: 80 }), (values) => {
        const options = { level: 0.95, target: 'population' } as const
        expect(medianOrderStatistic(values.toReversed(), options)).toEqual(medianOrderStatistic(values, options))
      }),
      { numRuns: 100 },
    )
  })
})

function oneACluster(values: readonly number[]): ClusteredValue[] {
  return values.map((value, cluster) => ({ cluster, value }))
}

const STATSMODELS_BSE = 0.06266976942673394
