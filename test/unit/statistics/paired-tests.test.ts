import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusterSignFlip } from '../../../src/statistics/cluster-sign-flip.ts'
import { bonettPrice, mcnemarMidP } from '../../../src/statistics/mcnemar.ts'
import { benjaminiHochberg, holm } from '../../../src/statistics/multiplicity.ts'
import { minimumDetectableEffect, requiredClusters } from '../../../src/statistics/power.ts'
import { swapDifferenceOfSums, systemSwap } from '../../../src/statistics/system-swap.ts'
import { wilcoxonSignedRank } from '../../../src/statistics/wilcoxon.ts'

/** From expected/make-expected-tests.py: scipy 1.17.1, statsmodels 0.15.0, and enumeration in numpy. */
const expected: {
  signFlip: [number[], number][]
  wilcoxon: [number[], number][]
  wilcoxonNormal: [number[], number]
  holm: [number[], number[]][]
  benjaminiHochberg: [number[], number[]][]
  mcnemarMidP: [number, number, number][]
  bonettPrice: [number, number, number, number, number][]
} = JSON.parse(readFileSync(new URL('expected/tests.json', import.meta.url), 'utf8'))

const RANDOM = { seed: 1, key: 'test' }
const differences = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 14 })

describe('McNemar mid-p', () => {
  it.each(expected.mcnemarMidP)('b = %i, c = %i', (b, c, p) => {
    expect(mcnemarMidP(b, c)).toBeCloseTo(p, 13)
    expect(mcnemarMidP(c, b)).toBe(mcnemarMidP(b, c))
  })

  it.each(expected.bonettPrice)('Bonett–Price interval, b = %i, c = %i, n = %i', (b, c, n, low, high) => {
    const bounds = bonettPrice(b, c, n, 0.95)!
    expect(bounds.low).toBeCloseTo(low, 13)
    expect(bounds.high).toBeCloseTo(high, 13)
    expect(bounds.low).toBeLessThanOrEqual((c - b) / n)
    expect(bounds.high).toBeGreaterThanOrEqual((c - b) / n)
  })

  it('refuses counts that do not fit', () => {
    expect(bonettPrice(0, 0, 0, 0.95)).toBeNull()
    expect(() => mcnemarMidP(-1, 2)).toThrow(RangeError)
    expect(() => bonettPrice(3, 3, 5, 0.95)).toThrow(RangeError)
  })
})

describe('cluster sign-flip', () => {
  it.each(expected.signFlip)('enumerates %j', (values, p) => {
    expect(clusterSignFlip(values, RANDOM)).toMatchObject({ p, isExact: true })
  })

  it('is the system swap of a sum', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const swap = swapDifferenceOfSums(new Float64Array(values.length), Float64Array.from(values), 1, ([sum]) => sum!)
        expect(systemSwap({ ...RANDOM, ...swap, replicates: 2 ** 14 }).p).toBe(clusterSignFlip(values, RANDOM).p)
      }),
      { numRuns: 25 },
    )
  })

  it('ignores the sign of all, clusters without difference, and their order', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const { p } = clusterSignFlip(values, RANDOM)
        expect(
          clusterSignFlip(
            values.map((value) => -value),
            RANDOM,
          ).p,
        ).toBe(p)
        expect(clusterSignFlip([0, ...values.toReversed(), 0], RANDOM).p).toBe(p)
      }),
      { numRuns: 50 },
    )
  })

  it('sampling approximates the exact value, is never 0, and gives the stored bits', () => {
    const values = Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) - 3)
    const sampled = clusterSignFlip(values, RANDOM)
    expect(sampled).toEqual({ p: sampled.p, isExact: false, replicates: 9999 })
    expect(clusterSignFlip(values, RANDOM)).toEqual(sampled)
    // Exact: 2^24 labellings of integers, by convolution.
    expect(sampled.p).toBeCloseTo(exactByConvolution(values), 2)
    expect(
      clusterSignFlip(
        Array.from({ length: 60 }, () => 1),
        RANDOM,
      ).p,
    ).toBe(1 / 10_000)
  })

  it('is 1 if nothing differs', () => {
    expect(clusterSignFlip(new Float64Array(50), RANDOM)).toMatchObject({ p: 1, isExact: true })
  })
})

describe('system swap', () => {
  it('recomputes a ratio of sums', () => {
    // Two clusters, hits and sizes. Labellings none, first, second, both: |difference| is 0.25 for each,
    // computed by hand.
    const swap = swapDifferenceOfSums(
      Float64Array.of(1, 2, 0, 2),
      Float64Array.of(1, 2, 1, 2),
      2,
      ([hits, size]) => hits! / size!,
    )
    expect(swap.difference(Uint8Array.of(0, 0))).toBe(0.25)
    expect(swap.difference(Uint8Array.of(0, 1))).toBe(-0.25)
    expect(systemSwap({ ...RANDOM, ...swap })).toMatchObject({ p: 1, isExact: true, replicates: 4 })
  })

  it('refuses rows that do not match and metrics that are not finite', () => {
    expect(() => swapDifferenceOfSums(new Float64Array(2), new Float64Array(3), 1, () => 0)).toThrow(RangeError)
    expect(() => systemSwap({ ...RANDOM, clusters: 2, difference: () => NaN })).toThrow(RangeError)
  })
})

describe('Wilcoxon signed rank', () => {
  it.each(expected.wilcoxon)('enumerates %j', (values, p) => {
    expect(wilcoxonSignedRank(values).p).toBeCloseTo(p, 13)
  })

  it('agrees with scipy beyond the exact range', () => {
    const [values, p] = expected.wilcoxonNormal
    expect(wilcoxonSignedRank(values)).toMatchObject({ isExact: false, nonZero: 400 })
    expect(wilcoxonSignedRank(values).p).toBeCloseTo(p, 10)
  })

  it('is 1 for zeros only', () => {
    expect(wilcoxonSignedRank([0, 0, 0]).p).toBe(1)
    expect(() => wilcoxonSignedRank([0, NaN])).toThrow(RangeError)
  })
})

describe('multiplicity', () => {
  it.each(expected.holm)('Holm %j', (p, adjusted) => expectAllClose(holm(p), adjusted))
  it.each(expected.benjaminiHochberg)('Benjamini–Hochberg %j', (p, adjusted) => expectAllClose(benjaminiHochberg(p), adjusted))

  it('never lowers a p-value, and Holm is never below Benjamini–Hochberg', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (p) => {
        const strict = holm(p)
        benjaminiHochberg(p).forEach((adjusted, i) => {
          expect(adjusted).toBeGreaterThanOrEqual(p[i]!)
          expect(strict[i]).toBeGreaterThanOrEqual(adjusted - 1e-15)
        })
      }),
      { numRuns: 200 },
    )
    expect(() => holm([1.2])).toThrow(RangeError)
  })
})

describe('power', () => {
  it('finds 2.8 standard errors with 80 %', () => {
    expect(minimumDetectableEffect(1, { level: 0.95 })).toBeCloseTo(1.959963984540054 + 0.8416212335729143, 12)
  })

  it('needs four times the clusters for half the effect', () => {
    const pilot = { standardError: 0.02, clusters: 100 }
    const once = requiredClusters(0.02, pilot, { level: 0.95 })
    expect(once).toBe(785)
    expect(requiredClusters(0.01, pilot, { level: 0.95 })).toBeCloseTo(4 * once, -1)
    expect(minimumDetectableEffect(0.02 * Math.sqrt(100 / once), { level: 0.95 })).toBeLessThanOrEqual(0.02)
    expect(() => requiredClusters(0, pilot, { level: 0.95 })).toThrow(RangeError)
  })
})

function exactByConvolution(values: readonly number[]): number {
  let counts = new Map([[0, 1]])
  for (const value of values) {
    const next = new Map<number, number>()
    for (const [sum, count] of counts)
      for (const shifted of [sum + value, sum - value]) next.set(shifted, (next.get(shifted) ?? 0) + count)
    counts = next
  }
  const observed = Math.abs(values.reduce((a, b) => a + b))
  let extreme = 0
  for (const [sum, count] of counts) if (Math.abs(sum) >= observed) extreme += count
  return extreme / 2 ** values.length
}

function expectAllClose(actual: readonly number[], wanted: readonly number[]): void {
  expect(actual).toHaveLength(wanted.length)
  actual.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 13))
}
