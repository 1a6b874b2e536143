import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BLEU_WIDTH, bleuOf, decodeBleu, encodeBleu, unseenBleu } from '../../../src/metrics/bleu.ts'
import { boundedCorpusIntervals } from '../../../src/statistics/bounded-corpus.ts'
import { boundedMeanInterval } from '../../../src/statistics/bounded-mean.ts'
import { groupByCluster } from '../../../src/statistics/clusters.ts'

const COMMON = { level: 0.95, target: 'population', seed: 1, key: 'test' } as const
const RATIO = { width: 2, size: 1, unseen: ([, size]: Float64Array) => ({ worst: [0, size!], best: [size!, size!] }) }
const ratio = ([sum, size]: Float64Array): number => sum! / size!

describe('boundedCorpusIntervals', () => {
  it('gives the interval of a mean, apart from the draws', () => {
    const values = Array.from({ length: 80 }, (_, i) => [0, 0, 0, 1, 0.3, 0, 0, 0.9][i % 8]!)
    const grouped = groupByCluster(values.map((value, cluster) => ({ cluster, value })))
    const exact = boundedMeanInterval(grouped, { ends: [0, 1], unseen: 1 }, 0.95)!
    const rows = Float64Array.from(values.flatMap((value) => [value, 1]))
    const [drawn] = boundedCorpusIntervals({ ...COMMON, ...RATIO, rows, replicates: 20_000 }, [ratio])
    expect(drawn).toMatchObject({ method: 'bounded-bayesian-bootstrap', clusters: 80, seed: 1, replicates: 20_000 })
    expect(drawn!.notes).toBeUndefined()
    expect(Math.abs(drawn!.low - exact.low)).toBeLessThan(0.03 * (exact.high - exact.low))
    expect(Math.abs(drawn!.high - exact.high)).toBeLessThan(0.03 * (exact.high - exact.low))
  })

  it('leaves room above 0 for BLEU-4 without a matched 4-gram, and keeps BLEU-1', () => {
    const segment = { testlen: 9, reflen: 10, guess: [9, 8, 7, 6], correct: [5, 2, 1, 0] }
    const rows = Float64Array.from(Array.from({ length: 60 }, () => encodeBleu(segment)).flat())
    const orders = [0, 3].map((order) => (sums: Float64Array) => bleuOf(decodeBleu([...sums]))[order]!)
    const shape = { rows, width: BLEU_WIDTH, size: 0, unseen: unseenBleu }
    const [one, four] = boundedCorpusIntervals({ ...COMMON, ...shape, replicates: 500 }, orders)
    expect(four!.low).toBeLessThan(1e-4)
    expect(four!.high).toBeGreaterThan(0.05)
    expect(one!.high - one!.low).toBeLessThan(0.1)
    expect(one!.notes).toEqual(['zero_variance'])
  })

  it('encloses the value, has width, stays in the range, widens with the level', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(5)), { minLength: 1, maxLength: 40 }), (clusters) => {
        const rows = Float64Array.from(clusters.flatMap(([hits, misses]) => [hits, hits + misses + 1]))
        const shape = { ...COMMON, ...RATIO, rows, replicates: 200 }
        const [narrow] = boundedCorpusIntervals({ ...shape, level: 0.8 }, [ratio])
        const [wide] = boundedCorpusIntervals({ ...shape, level: 0.98 }, [ratio])
        const value =
          clusters.reduce((sum, [hits]) => sum + hits, 0) / clusters.reduce((sum, [hits, misses]) => sum + hits + misses + 1, 0)
        expect(narrow!.low).toBeLessThanOrEqual(value)
        expect(narrow!.high).toBeGreaterThanOrEqual(value)
        expect(narrow!.high).toBeGreaterThan(narrow!.low)
        expect(wide!.low).toBeGreaterThanOrEqual(0)
        expect(wide!.high).toBeLessThanOrEqual(1)
        expect(wide!.low).toBeLessThanOrEqual(narrow!.low)
        expect(wide!.high).toBeGreaterThanOrEqual(narrow!.high)
      }),
      { numRuns: 60 },
    )
  })

  it('draws depend on seed and key only', () => {
    const rows = Float64Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? (i * 17) % 23 : 23))
    const made = (other: object) => boundedCorpusIntervals({ ...COMMON, ...RATIO, rows, replicates: 300, ...other }, [ratio])[0]
    expect(made({})).toEqual(made({}))
    expect(made({ seed: 2 })).not.toEqual({ ...made({}), seed: 2 })
    expect(made({ key: 'other' })).not.toEqual(made({}))
  })

  it('is null without clusters and refuses invalid input', () => {
    const none = { ...COMMON, ...RATIO, rows: new Float64Array() }
    expect(boundedCorpusIntervals(none, [ratio])).toEqual([null])
    expect(() => boundedCorpusIntervals({ ...none, rows: new Float64Array(3) }, [ratio])).toThrow(RangeError)
    expect(() => boundedCorpusIntervals({ ...none, rows: new Float64Array(2) }, [ratio])).toThrow(RangeError)
    expect(() => boundedCorpusIntervals({ ...none, rows: Float64Array.of(1, 2), replicates: 0 }, [ratio])).toThrow(RangeError)
    expect(() => boundedCorpusIntervals({ ...none, rows: Float64Array.of(1, 2), size: 2 }, [ratio])).toThrow(RangeError)
  })
})
