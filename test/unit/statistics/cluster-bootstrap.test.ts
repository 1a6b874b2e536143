import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusterBootstrap } from '../../../src/statistics/cluster-bootstrap.ts'
import type { ClusterBootstrapOptions } from '../../../src/statistics/cluster-bootstrap.ts'
import { statisticOfSums } from '../../../src/statistics/cluster-statistic.ts'
import type { ClusterStatistic } from '../../../src/statistics/cluster-statistic.ts'
import { clusterRobustT } from '../../../src/statistics/cluster-robust.ts'
import { groupByCluster } from '../../../src/statistics/clusters.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'

const COMMON = { method: 'bca', level: 0.95, target: 'population', seed: 1, key: 'test', replicates: 500 } as const

describe('cluster bootstrap', () => {
  it('agrees with the t interval for a mean of many items', () => {
    const random = new CounterRandom(5, 'data').startReplicate(0)
    const values = Float64Array.from({ length: 400 }, () => random.uniform())
    const interval = clusterBootstrap({ ...COMMON, ...mean(values), replicates: 2000 })!
    const byFormula = clusterRobustT(groupByCluster(Array.from(values, (value, cluster) => ({ cluster, value }))), 0.95)!
    expect(interval).toMatchObject({ method: 'cluster-bootstrap-bca', clusters: 400, seed: 1, replicates: 2000 })
    expect(interval.notes).toBeUndefined()
    expect(Math.abs(interval.low - byFormula.low)).toBeLessThan(0.004)
    expect(Math.abs(interval.high - byFormula.high)).toBeLessThan(0.004)
  })

  it('BCa leans towards the long tail of a skewed sample', () => {
    const random = new CounterRandom(6, 'data').startReplicate(0)
    const values = Float64Array.from({ length: 60 }, () => random.uniform() ** 6)
    const bca = clusterBootstrap({ ...COMMON, ...mean(values), replicates: 2000 })!
    const percentile = clusterBootstrap({ ...COMMON, ...mean(values), method: 'percentile', replicates: 2000 })!
    expect(bca.low).toBeGreaterThan(percentile.low)
    expect(bca.high).toBeGreaterThan(percentile.high)
  })

  it('indices and summed statistics give the same bits, with and without the jackknife shortcut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 40 }), (values) => {
        const rows = Float64Array.from(values.flatMap((value) => [value, 1]))
        const fast = statisticOfSums(rows, 2, ([sum, count]) => sum! / count!)
        const plain: ClusterStatistic = {
          clusters: values.length,
          statistic: (indices) => indices.reduce((sum, i) => sum + values[i]!, 0) / indices.length,
        }
        const options = { ...COMMON, degenerate: { low: 0, high: 20 }, replicates: 100 }
        expect(clusterBootstrap({ ...options, ...plain })).toEqual(clusterBootstrap({ ...options, ...fast }))
      }),
      { numRuns: 50 },
    )
  })

  it('draws depend on seed and key only', () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => (i * 17) % 23)
    const once = clusterBootstrap({ ...COMMON, ...mean(values) })
    expect(clusterBootstrap({ ...COMMON, ...mean(values) })).toEqual(once)
    expect(clusterBootstrap({ ...COMMON, ...mean(values), seed: 2 })).not.toEqual({ ...once, seed: 2 })
    expect(clusterBootstrap({ ...COMMON, ...mean(values), key: 'other' })).not.toEqual(once)
  })

  it('widens with the level', () => {
    const values = Float64Array.from({ length: 50 }, (_, i) => (i * 17) % 23)
    const narrow = clusterBootstrap({ ...COMMON, ...mean(values), level: 0.8 })!
    const wide = clusterBootstrap({ ...COMMON, ...mean(values), level: 0.99 })!
    expect(wide.low).toBeLessThan(narrow.low)
    expect(wide.high).toBeGreaterThan(narrow.high)
  })

  it('falls back to percentiles, and says so, where the acceleration is undefined', () => {
    // The median of 1, 1, …, 1, 2 does not move when one cluster goes, but does in some resamples.
    const values = [1, 1, 1, 2, 2]
    const options: ClusterBootstrapOptions = {
      ...COMMON,
      clusters: 5,
      statistic: (indices) =>
        Array.from(indices, (i) => values[i]!).toSorted((a, b) => a - b)[Math.floor(indices.length / 2 - 0.1)]!,
    }
    const flat = { ...options, leaveOneOut: () => 1 }
    expect(clusterBootstrap(flat)).toMatchObject({
      method: 'cluster-bootstrap-percentile',
      notes: ['percentile_fallback', 'too_few_samples'],
    })
  })

  it('never reports zero width for a sample without variance where a range is given', () => {
    const constant = mean(new Float64Array(40).fill(0.5))
    expect(clusterBootstrap({ ...COMMON, ...constant, degenerate: { low: 0, high: 1 } })).toMatchObject({
      low: 0,
      high: 1,
      notes: ['zero_variance'],
    })
    expect(clusterBootstrap({ ...COMMON, ...constant })).toMatchObject({ low: 0.5, high: 0.5, notes: ['degenerate_bootstrap'] })
  })

  it('is null for no clusters and refuses what it cannot use', () => {
    expect(clusterBootstrap({ ...COMMON, clusters: 0, statistic: () => 0 })).toBeNull()
    expect(() => clusterBootstrap({ ...COMMON, clusters: 3, statistic: () => NaN })).toThrow(RangeError)
    expect(() => clusterBootstrap({ ...COMMON, ...mean(Float64Array.of(1, 2)), replicates: 0 })).toThrow(RangeError)
    expect(() => statisticOfSums(new Float64Array(5), 2, () => 0)).toThrow(RangeError)
  })
})

function mean(values: Float64Array): ClusterStatistic {
  return statisticOfSums(values, 1, ([sum]) => sum! / values.length)
}
