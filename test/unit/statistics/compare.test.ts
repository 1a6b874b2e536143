import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareCorpora, compareMeans, verdictOf } from '../../../src/statistics/compare.ts'
import type { CompareMeansOptions } from '../../../src/statistics/compare.ts'
import { LISTED_IDS, UnmatchedPairsError, pairById } from '../../../src/statistics/pairing.ts'
import type { Pair } from '../../../src/statistics/pairing.ts'

const OPTIONS: CompareMeansOptions = {
  kind: 'bounded',
  range: [0, 1],
  direction: 'higher_is_better',
  level: 0.95,
  target: 'population',
  seed: 7,
  key: 'vqa_accuracy',
  replicates: 999,
}
const BINARY: CompareMeansOptions = { ...OPTIONS, kind: 'binary' }
const VQA_SCORES = [0, 0.3, 0.6, 0.9, 1]

describe('compareMeans', () => {
  it('binary, one item per cluster: McNemar', () => {
    const comparison = compareMeans(binaryPairs(60, 5, 20), BINARY)!
    expect(comparison).toMatchObject({ test: 'mcnemar-mid-p', isExact: true, n: 60, clusters: 60, verdict: 'improved' })
    expect(comparison.difference).toBe(15 / 60)
    expect(comparison.interval).toMatchObject({ method: 'bonett-price' })
    expect(comparison.interval!.low).toBeGreaterThan(0)
    expect(comparison.seed).toBeUndefined()
  })

  it('several items per cluster: sign flip by cluster', () => {
    const pairs = Array.from({ length: 200 }, (_, i) => ({
      cluster: i >> 2,
      baseline: VQA_SCORES[i % 3]!,
      treatment: VQA_SCORES[i % 5]!,
    }))
    const comparison = compareMeans(pairs, OPTIONS)!
    expect(comparison).toMatchObject({
      test: 'sign-flip-and-mean-bound',
      isExact: false,
      seed: 7,
      replicates: 999,
      clusters: 50,
      n: 200,
    })
    expect(comparison.interval).toMatchObject({ method: 'bounded-bayesian-bootstrap' })
    expect(comparison.minimumDetectableEffect).toBeGreaterThan(0)
  })

  it('exchanging the systems mirrors the result', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(60), fc.constantFrom(...VQA_SCORES), fc.constantFrom(...VQA_SCORES)), {
          minLength: 5,
          maxLength: 80,
        }),
        (rows) => {
          const forwards = compareMeans(
            rows.map(([cluster, baseline, treatment]) => ({ cluster, baseline, treatment })),
            OPTIONS,
          )!
          const backwards = compareMeans(
            rows.map(([cluster, treatment, baseline]) => ({ cluster, baseline, treatment })),
            OPTIONS,
          )!
          expect(backwards.difference).toBeCloseTo(-forwards.difference, 12)
          expect(backwards.p).toBe(forwards.p)
          expect(backwards.interval!.low).toBeCloseTo(-forwards.interval!.high, 9)
          expect(forwards.interval!.low).toBeLessThanOrEqual(forwards.difference + 1e-12)
          expect(forwards.interval!.high).toBeGreaterThanOrEqual(forwards.difference - 1e-12)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('A/A: identical runs give difference 0, p = 1, an interval with 0 inside and width, and no verdict', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(80), fc.constantFrom(...VQA_SCORES)), { minLength: 1, maxLength: 80 }),
        fc.boolean(),
        (rows, isBinary) => {
          const pairs = rows.map(([cluster, score], i) => {
            const value = isBinary ? Math.round(score) : score
            return { cluster: isBinary ? i : cluster, baseline: value, treatment: value }
          })
          const comparison = compareMeans(pairs, isBinary ? BINARY : OPTIONS)!
          expect(comparison.difference).toBe(0)
          expect(comparison.p).toBe(1)
          expect(comparison.interval!.low).toBeLessThan(0)
          expect(comparison.interval!.high).toBeGreaterThan(0)
          expect(comparison.minimumDetectableEffect).toBeNull()
          expect(comparison.verdict).toBe(comparison.clusters < 30 ? 'too_few_samples' : 'no_difference_found')
        },
      ),
      { numRuns: 100 },
    )
  })

  it('is null without pairs and refuses values outside the range', () => {
    expect(compareMeans([], OPTIONS)).toBeNull()
    expect(() => compareMeans([{ cluster: 0, baseline: 0.5, treatment: 2 }], OPTIONS)).toThrow(RangeError)
    expect(() => compareMeans([{ cluster: 0, baseline: 0.5, treatment: 1 }], BINARY)).toThrow(RangeError)
  })
})

describe('compareCorpora', () => {
  const corpus = {
    width: 2,
    size: 1,
    unseen: ([, size]: Float64Array) => ({ worst: [0, size!], best: [size!, size!] }),
    value: ([hits, size]: Float64Array) => hits! / size!,
  }
  const rows = (shift: number) =>
    Float64Array.from({ length: 80 }, (_, i) => (i % 2 === 1 ? 10 : (((i / 2) * 3) % 7) + shift * ((i / 2) % 3)))
  const { kind: _kind, range: _range, ...common } = OPTIONS

  it('finds a difference and puts an interval around it', () => {
    const comparison = compareCorpora({ ...common, ...corpus, baseline: rows(0), treatment: rows(1), bootstrapReplicates: 500 })!
    expect(comparison).toMatchObject({
      test: 'system-swap',
      isExact: false,
      seed: 7,
      replicates: 999,
      clusters: 40,
      n: 40,
      verdict: 'improved',
    })
    expect(comparison.p).toBeLessThan(0.01)
    expect(comparison.interval!.low).toBeGreaterThan(0)
    expect(comparison.interval!.low).toBeLessThan(comparison.difference)
    expect(comparison.interval!.high).toBeGreaterThan(comparison.difference)
  })

  it('A/A', () => {
    const comparison = compareCorpora({ ...common, ...corpus, baseline: rows(0), treatment: rows(0), bootstrapReplicates: 100 })!
    expect(comparison).toMatchObject({ difference: 0, p: 1, verdict: 'no_difference_found', minimumDetectableEffect: null })
    expect(comparison.interval).toMatchObject({ notes: ['zero_variance'] })
    expect(comparison.interval!.low).toBeLessThan(-0.01)
    expect(comparison.interval!.high).toBeGreaterThan(0.01)
  })
})

describe('verdict', () => {
  const found = { difference: 0.1, p: 0.001, clusters: 100, direction: 'higher_is_better', level: 0.95 } as const
  it('follows direction, level and size', () => {
    expect(verdictOf(found)).toBe('improved')
    expect(verdictOf({ ...found, direction: 'lower_is_better' })).toBe('degraded')
    expect(verdictOf({ ...found, difference: -0.1 })).toBe('degraded')
    expect(verdictOf({ ...found, p: 0.06 })).toBe('no_difference_found')
    expect(verdictOf({ ...found, p: 0.06, level: 0.9 })).toBe('improved')
    expect(verdictOf({ ...found, clusters: 29 })).toBe('too_few_samples')
  })
})

describe('pairing', () => {
  const item = (id: string, value = 1, cluster = 0) => ({ id, cluster, value })

  it('pairs by id, in the baseline’s order', () => {
    const pairs = pairById([item('b', 0), item('a', 1)], [item('a', 0.5), item('b', 0.25)])
    expect(pairs).toEqual([
      { cluster: 0, baseline: 0, treatment: 0.25 },
      { cluster: 0, baseline: 1, treatment: 0.5 },
    ])
  })

  it('refuses and lists ids without a match', () => {
    const error = thrownBy(() => pairById([item('a'), item('b'), item('b')], [item('a', 1, 5), item('b'), item('c')]))
    expect(error.onlyInBaseline).toEqual({ count: 0, ids: [] })
    expect(error.onlyInTreatment).toEqual({ count: 1, ids: ['c'] })
    expect(error.repeated).toEqual({ count: 1, ids: ['b'] })
    expect(error.inOtherClusters).toEqual({ count: 1, ids: ['a'] })
    expect(error.message).toBe('1 only in the treatment: "c"; 1 more than once in a run: "b"; 1 in different clusters: "a"')
  })

  it('bounds the list', () => {
    const error = thrownBy(() =>
      pairById(
        Array.from({ length: 1000 }, (_, i) => item(`q${i}`)),
        [],
      ),
    )
    expect(error.onlyInBaseline.count).toBe(1000)
    expect(error.onlyInBaseline.ids).toHaveLength(LISTED_IDS)
    expect(error.message.endsWith(', …')).toBe(true)
  })
})

/**
 * n pairs of distinct clusters: right under the baseline only, under the treatment only, the rest under both.
 */
function binaryPairs(n: number, onlyBaseline: number, onlyTreatment: number): Pair[] {
  return Array.from({ length: n }, (_, i) => ({
    cluster: i,
    baseline: i >= onlyBaseline && i < onlyBaseline + onlyTreatment ? 0 : 1,
    treatment: i < onlyBaseline ? 0 : 1,
  }))
}

function thrownBy(action: () => unknown): UnmatchedPairsError {
  try {
    action()
  } catch (error) {
    if (error instanceof UnmatchedPairsError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
