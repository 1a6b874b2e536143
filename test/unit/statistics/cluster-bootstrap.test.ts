import { describe, expect, it } from 'vitest'
import { clusterBootstrap } from '../../../src/statistics/cluster-bootstrap.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'

const COMMON = { level: 0.95, target: 'population', seed: 1, key: 'test', replicates: 500 } as const
const values = Float64Array.from({ length: 50 }, (_, i) => (i * 17) % 23)

describe('cluster bootstrap', () => {
  it('agrees with the normal interval for a mean of many items', () => {
    const random = new CounterRandom(5, 'data').startReplicate(0)
    const many = Float64Array.from({ length: 400 }, () => random.uniform())
    const interval = clusterBootstrap({ ...COMMON, ...mean(many), replicates: 2000 })!
    const centre = many.reduce((sum, value) => sum + value, 0) / 400
    const half = 1.96 * Math.sqrt(1 / 12 / 400)
    expect(interval).toMatchObject({ method: 'cluster-bootstrap-percentile', clusters: 400, seed: 1, replicates: 2000 })
    expect(interval.notes).toBeUndefined()
    expect(Math.abs(interval.low - (centre - half))).toBeLessThan(0.004)
    expect(Math.abs(interval.high - (centre + half))).toBeLessThan(0.004)
  })

  it('draws depend on seed and key only', () => {
    const once = clusterBootstrap({ ...COMMON, ...mean(values) })
    expect(clusterBootstrap({ ...COMMON, ...mean(values) })).toEqual(once)
    expect(clusterBootstrap({ ...COMMON, ...mean(values), seed: 2 })).not.toEqual({ ...once, seed: 2 })
    expect(clusterBootstrap({ ...COMMON, ...mean(values), key: 'other' })).not.toEqual(once)
  })

  it('widens with the level', () => {
    const narrow = clusterBootstrap({ ...COMMON, ...mean(values), level: 0.8 })!
    const wide = clusterBootstrap({ ...COMMON, ...mean(values), level: 0.99 })!
    expect(wide.low).toBeLessThan(narrow.low)
    expect(wide.high).toBeGreaterThan(narrow.high)
  })

  it('is a point with a note if no resample changes the statistic', () => {
    expect(clusterBootstrap({ ...COMMON, ...mean(new Float64Array(40).fill(0.5)) })).toMatchObject({
      low: 0.5,
      high: 0.5,
      notes: ['degenerate_bootstrap'],
    })
  })

  it('is null without clusters and refuses invalid input', () => {
    expect(clusterBootstrap({ ...COMMON, clusters: 0, statistic: () => 0 })).toBeNull()
    expect(() => clusterBootstrap({ ...COMMON, clusters: 3, statistic: () => NaN })).toThrow(RangeError)
    expect(() => clusterBootstrap({ ...COMMON, ...mean(Float64Array.of(1, 2)), replicates: 0 })).toThrow(RangeError)
  })
})

function mean(of: Float64Array) {
  return {
    clusters: of.length,
    statistic: (indices: Uint32Array) => indices.reduce((sum, i) => sum + of[i]!, 0) / indices.length,
  }
}
