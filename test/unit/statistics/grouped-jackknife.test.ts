import { describe, expect, it } from 'vitest'
import { clusterRobustStandardError } from '../../../src/statistics/cluster-robust.ts'
import { groupByCluster } from '../../../src/statistics/clusters.ts'
import { groupedJackknifeT } from '../../../src/statistics/grouped-jackknife.ts'
import { studentTQuantile } from '../../../src/statistics/special-functions.ts'

const options = { range: [0, 1], level: 0.95, target: 'population' } as const

describe('grouped jackknife', () => {
  it('gives the usual t interval for a mean with one value per cluster', () => {
    const values = Array.from({ length: 40 }, (_, i) => ((i * 7919) % 101) / 101)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const jackknife = groupedJackknifeT(
      mean,
      values.length,
      (group) => (mean * values.length - values[group]!) / (values.length - 1),
      options,
    )!
    const error = clusterRobustStandardError(groupByCluster(values.map((value, cluster) => ({ cluster, value }))))!
    expect(jackknife.low).toBeCloseTo(mean - studentTQuantile(0.975, 39) * error, 12)
    expect(jackknife.high).toBeCloseTo(mean + studentTQuantile(0.975, 39) * error, 12)
    expect(jackknife).toMatchObject({ method: 'grouped-jackknife-t-with-bias', clusters: 40, replicates: 40 })
    expect(jackknife.notes).toBeUndefined()
  })

  it('reaches further on the side of the bias, with a note', () => {
    // The maximum of a sample is too low; without its largest value it is lower still.
    const jackknife = groupedJackknifeT(0.8, 40, (group) => (group === 3 ? 0.6 : 0.8), options)!
    const bias = 39 * (0.8 - 0.2 / 40 - 0.8)
    const half = studentTQuantile(0.975, 39) * Math.sqrt((39 / 40) * (0.2 * 0.2) * (39 / 40))
    expect(jackknife.low).toBeCloseTo(0.8 - half, 12)
    expect(jackknife.high).toBe(1)
    expect(0.8 + half - 2 * bias).toBeGreaterThan(1)
    expect(jackknife.notes).toEqual(['biased_statistic'])
  })

  it('uses at most a hundred groups', () => {
    const seen = new Set<number>()
    groupedJackknifeT(0.5, 1000, (group, groups) => (seen.add(group), 0.5 + (group - groups / 2) * 1e-4), options)
    expect(seen.size).toBe(100)
  })

  it('gives no interval without variance, for one cluster, or for NaN', () => {
    expect(groupedJackknifeT(0.5, 10, () => 0.5, options)).toBeNull()
    expect(groupedJackknifeT(0.5, 1, () => 0.5, options)).toBeNull()
    expect(groupedJackknifeT(NaN, 10, () => 0.5, options)).toBeNull()
  })
})
