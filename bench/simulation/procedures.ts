/**
 * The measured procedures: the product's intervals and tests, behind names that an older version can
 * implement too.
 *
 * `before-2026-11-29.json` was measured with the same cells and draws at commit 5b9b4da: Wilson,
 * cluster-robust t, BCa, PPI++ with Student's t, the grouped jackknife without its bias, the sign-flip alone.
 * @module
 */
import { boundedCorpusIntervals } from '../../src/statistics/bounded-corpus.ts'
import type { UnseenCluster } from '../../src/statistics/bounded-corpus.ts'
import type { ClusteredValue } from '../../src/statistics/clusters.ts'
import { compareMeans } from '../../src/statistics/compare.ts'
import type { Bounds } from '../../src/statistics/interval.ts'
import { meanInterval } from '../../src/statistics/mean-interval.ts'

const OPTIONS = { level: 0.95, target: 'population' } as const

export function intervalOfMean(
  observations: readonly ClusteredValue[],
  { kind, range, of }: { kind: 'binary' | 'bounded' | 'inner'; range: readonly [number, number]; of: 'values' | 'differences' },
): Bounds {
  return meanInterval(observations, { kind, range, of, ...OPTIONS })!
}

export interface Corpus {
  readonly rows: Float64Array
  readonly width: number
  readonly size: number
  readonly range: readonly [number, number]
  /** A ratio of sums whose second column counts items is a mean: the product gives it a mean's interval. */
  readonly isMean: boolean
  readonly unseen: (ordinary: Float64Array) => UnseenCluster
  readonly value: (sums: Float64Array) => number
}

export function intervalOfCorpus({ rows, width, size, range, isMean, unseen, value }: Corpus, seed: number): Bounds {
  if (isMean) {
    const values = Array.from({ length: rows.length / 2 }, (_, cluster) => ({ cluster, value: rows[2 * cluster]! }))
    return intervalOfMean(values, { kind: 'bounded', range, of: 'values' })
  }
  return boundedCorpusIntervals({ rows, width, size, unseen, ...OPTIONS, seed, key: 'cell' }, [value])[0]!
}

/** p of "the two systems' means are equal". Differences within [−1, 1], one list per cluster. */
export function pOfDifferences(clusters: readonly (readonly number[])[], seed: number): number {
  const pairs = clusters.flatMap((differences, cluster) =>
    differences.map((difference) => ({ cluster, baseline: Math.max(0, -difference), treatment: Math.max(0, difference) })),
  )
  const randomization = { seed, key: 'cell', replicates: 1999 }
  return compareMeans(pairs, { kind: 'bounded', range: [0, 1], direction: 'higher_is_better', ...OPTIONS, ...randomization })!.p
}
