import { describe, expect, it } from 'vitest'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import {
  PILOT_ITEMS,
  predictedHalfWidth,
  predictionPoweredMean,
  requiredGold,
} from '../../../src/statistics/prediction-powered.ts'

/** N items with a gold score and a proxy that is right in a `fidelity` share of cases. */
function dataset(size: number, fidelity: number, seed = 1) {
  const random = new CounterRandom(seed, 'ppi').startReplicate(0)
  const gold: number[] = Array.from({ length: size }, () => (random.uniform() < 0.7 ? 1 : 0))
  const proxy: number[] = gold.map((score) => (random.uniform() < fidelity ? score : random.uniform() < 0.7 ? 1 : 0))
  return { gold, proxy, mean: gold.reduce((a, b) => a + b, 0) / size }
}

const COMMON = { range: [0, 1], level: 0.95 } as const

describe('prediction-powered mean', () => {
  it('contains the dataset’s mean, and is narrower than the gold alone for a good proxy', () => {
    const { gold, proxy, mean } = dataset(5000, 0.9)
    const result = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 500), proxy })
    const alone = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 500), proxy: proxy.map(() => 0.5) })
    expect(result.interval).toMatchObject({ method: 'ppi++-bounded', target: 'this_dataset', clusters: 500 })
    expect(result.interval!.low).toBeLessThan(mean)
    expect(result.interval!.high).toBeGreaterThan(mean)
    expect(result.lambda).toBeGreaterThan(0.8)
    expect(result.correlation).toBeGreaterThan(0.8)
    expect(alone.lambda).toBe(0)
    expect(alone.correlation).toBeNaN()
    expect(width(result)).toBeLessThan(0.6 * width(alone))
    expect(width(result) / 2 / result.predictedHalfWidth).toBeCloseTo(1, 1)
  })

  it('clips λ at 0 for a noisy or opposed proxy', () => {
    const { gold, proxy } = dataset(3000, 0)
    const alone = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 300), proxy: proxy.map(() => 0) })
    const noisy = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 300), proxy })
    const opposed = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 300), proxy: gold.map((score) => 1 - score) })
    expect(width(noisy) / width(alone)).toBeLessThan(1.02)
    expect(opposed.lambda).toBe(0)
    expect(opposed.interval).toEqual(alone.interval)
  })

  it('has only rounding left if everything is gold', () => {
    const { gold, proxy, mean } = dataset(200, 0.8)
    const result = predictionPoweredMean({ ...COMMON, gold, proxy })
    expect(width(result)).toBeLessThan(1e-9)
    expect(result.value).toBeCloseTo(mean, 12)
    expect(result.interval!.low).toBeCloseTo(mean, 12)
  })

  it.each([100, 120, 121, 200])(
    '%i gold items of rare scores and a proxy with outliers: value and interval within the range, in order',
    (g) => {
      const random = new CounterRandom(g, 'outliers').startReplicate(0)
      const share = (chance: number) => (random.uniform() < chance ? 1 : 0)
      for (let round = 0; round < 300; round++) {
        const size = g + [0, 1, 50][round % 3]!
        const gold: number[] = Array.from({ length: size }, () => share(0.01))
        const proxy = gold.map((score) => share(0.02) || 0.01 * score)
        const mean = gold.reduce((a, b) => a + b, 0) / size
        for (const flip of [(x: number) => x, (x: number) => 1 - x]) {
          const { value, interval } = predictionPoweredMean({
            ...COMMON,
            gold: gold.slice(0, g).map(flip),
            proxy: proxy.map(flip),
          })
          expect(interval!.low).toBeGreaterThanOrEqual(0)
          expect(interval!.low).toBeLessThanOrEqual(value!)
          expect(interval!.high).toBeGreaterThanOrEqual(value!)
          expect(interval!.high).toBeLessThanOrEqual(1)
          if (g === size) expect(value).toBeCloseTo(flip(mean), 12)
        }
      }
    },
  )

  it('treats a pilot as known', () => {
    const { gold, proxy, mean } = dataset(4000, 0.9, 5)
    const pilot = gold.slice(0, PILOT_ITEMS)
    const g = requiredGold({
      gold: pilot,
      proxy: proxy.slice(0, PILOT_ITEMS),
      range: [0, 1],
      populationSize: 4000,
      targetHalfWidth: 0.02,
      level: 0.95,
    })
    expect(g).toBeGreaterThan(100)
    expect(g).toBeLessThan(1500)
    const result = predictionPoweredMean({ ...COMMON, pilot, gold: gold.slice(PILOT_ITEMS, PILOT_ITEMS + g), proxy })
    expect(result.interval!.low).toBeLessThan(mean)
    expect(result.interval!.high).toBeGreaterThan(mean)
    expect(width(result) / 2).toBeLessThan(0.03)
  })

  it('requires all gold for an unreachable target, and at least 100', () => {
    const { gold, proxy } = dataset(1000, 0.5)
    const pilot = {
      gold: gold.slice(0, 100),
      proxy: proxy.slice(0, 100),
      populationSize: 1000,
      level: 0.95,
      range: [0, 1] as const,
    }
    expect(requiredGold({ ...pilot, targetHalfWidth: 1e-6 })).toBe(900)
    expect(requiredGold({ ...pilot, targetHalfWidth: 0.5 })).toBe(100)
  })

  it('gives little weight, with a note, to a proxy whose outlying scores the gold lacks', () => {
    const { gold, mean } = dataset(2000, 0, 3)
    const proxy = gold.map((score, i) => score / 5 + (i >= 150 && i % 50 === 0 ? 20 : 0))
    const result = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 150), proxy })
    expect(result.interval!.notes).toEqual(['outlying_proxy'])
    expect(result.interval!.low).toBeLessThan(mean)
    expect(result.interval!.high).toBeGreaterThan(mean)
    expect(result.lambda).toBeLessThan(0.05)
    expect(width(result)).toBeLessThan(0.2)
  })

  it('gives no interval with an errored gold item', () => {
    const { gold, proxy } = dataset(1000, 0.9)
    const result = predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 200).with(17, NaN), proxy })
    expect(result.interval).toBeNull()
    expect(result.value).toBeGreaterThan(0.5)
    expect(
      predictionPoweredMean({ ...COMMON, pilot: gold.slice(0, 100).with(3, NaN), gold: gold.slice(100, 300), proxy }).interval,
    ).toBeNull()
    const pilot = gold.slice(0, 100).with(3, NaN)
    const none = predictionPoweredMean({ ...COMMON, pilot, gold: [], proxy })
    expect(none).toMatchObject({ interval: null, g: 0 })
    expect(none.value).toBeCloseTo(pilot.filter((score) => !Number.isNaN(score)).reduce((a, b) => a + b, 0) / 99, 12)
    expect(predictionPoweredMean({ ...COMMON, pilot: pilot.map(() => NaN), gold: [], proxy }).value).toBeNaN()
  })

  it('never has zero width while items lack gold', () => {
    const perfect = dataset(1000, 1)
    const result = predictionPoweredMean({ ...COMMON, gold: perfect.gold.slice(0, 200), proxy: perfect.gold })
    expect(result.interval).toMatchObject({ method: 'ppi++-bounded', notes: ['zero_variance'] })
    expect(width(result)).toBeGreaterThan(0.01)
    expect(result.interval!.low).toBeLessThan(perfect.mean)
    expect(result.interval!.high).toBeGreaterThan(perfect.mean)
    const constant = predictionPoweredMean({ ...COMMON, gold: perfect.gold.slice(0, 200).fill(1), proxy: perfect.proxy })
    expect(constant.interval).toMatchObject({ high: 1, notes: ['zero_variance'] })
    expect(constant.interval!.low).toBeLessThan(0.99)
  })

  it('refuses too little gold and scores out of range', () => {
    const { gold, proxy } = dataset(500, 0.9)
    expect(() => predictionPoweredMean({ ...COMMON, gold: gold.slice(0, 99), proxy })).toThrow(RangeError)
    expect(() => predictionPoweredMean({ ...COMMON, gold, proxy: proxy.slice(1) })).toThrow(RangeError)
    expect(() => predictionPoweredMean({ ...COMMON, gold: gold.with(0, 7), proxy })).toThrow(RangeError)
    expect(() => predictionPoweredMean({ ...COMMON, gold, proxy: proxy.with(0, NaN) })).toThrow(RangeError)
    expect(() =>
      requiredGold({ gold: [1], proxy: [1], range: [0, 1], populationSize: 10, targetHalfWidth: 0.1, level: 0.95 }),
    ).toThrow(RangeError)
  })

  it('predicts width from correlation', () => {
    const base = { standardDeviation: 0.5, unseenDistance: 0, g: 400, populationSize: 1e9, level: 0.95 }
    expect(predictedHalfWidth({ ...base, correlation: 0 })).toBeCloseTo((1.9659 * 0.5) / 20, 4)
    expect(predictedHalfWidth({ ...base, correlation: 0.6 })).toBeCloseTo(
      0.8 * predictedHalfWidth({ ...base, correlation: 0 }),
      12,
    )
    expect(predictedHalfWidth({ ...base, correlation: 0, unseenDistance: 0.8 })).toBeCloseTo((1.9659 * 0.5) / 20 + 0.001, 4)
    expect(predictedHalfWidth({ ...base, correlation: -0.9 })).toBe(predictedHalfWidth({ ...base, correlation: 0 }))
  })
})

function width({ interval }: { interval: { low: number; high: number } | null }): number {
  return interval!.high - interval!.low
}
