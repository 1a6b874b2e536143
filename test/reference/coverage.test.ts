/**
 * The worst cells of the coverage review with a fixed seed. `npm run bench -- coverage` has all of them, with
 * more replicates.
 *
 * With 400 samples a true 95 % falls below 92 % in 0.6 % of seeds. This seed is fixed, so a failure means a
 * changed method.
 */
import { describe, expect, it } from 'vitest'
import { HARD_MEANS, bleuRow, oneOf } from '../../bench/simulation/hard-populations.ts'
import { intervalOfCorpus, intervalOfMean, pOfDifferences } from '../../bench/simulation/procedures.ts'
import { bleuOf, decodeBleu, unseenBleu } from '../../src/metrics/bleu.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { boundedProportionInterval } from '../../src/statistics/bounded-mean.ts'
import { predictionPoweredMean } from '../../src/statistics/prediction-powered.ts'
import { binomialProbability } from '../../src/statistics/special-functions.ts'

const SAMPLES = 400
const LEAST = 0.92

describe('at a nominal 95 %', () => {
  it.each(HARD_MEANS.filter(({ study }) => study !== 'proportion'))('$study: $what, 50 clusters', (population) => {
    const { kind, range, truth, study, what } = population
    const of = study === 'paired difference' ? 'differences' : 'values'
    const covered = count(what, (random) => {
      const clusters = Array.from({ length: 50 }, () => population.draw(random))
      const observations = clusters.flatMap((values, cluster) => values.map((value) => ({ cluster, value })))
      const { low, high } = intervalOfMean(observations, { kind, range, of })
      return low <= truth && truth <= high
    })
    expect(covered).toBeGreaterThanOrEqual(LEAST)
  })

  it.each([50, 200, 1000])('a proportion of %i, enumerated over p', (n) => {
    const intervals = Array.from({ length: n + 1 }, (_, k) => boundedProportionInterval(k, n, 0.95)!)
    const coverage = Array.from({ length: 499 }, (_, i) => {
      const p = (i + 1) / 1000
      return intervals.reduce((sum, { low, high }, k) => (low <= p && p <= high ? sum + binomialProbability(k, n, p) : sum), 0)
    })
    expect(Math.min(...coverage)).toBeGreaterThan(n === 50 ? 0.925 : 0.935)
    expect(coverage.filter((share) => share < 0.93).length).toBeLessThanOrEqual(n === 50 ? 3 : 0)
  })

  it('BLEU-4 with 4-grams in 1 % of captions', () => {
    // Value in the population: the share that `bench/simulation/review.ts` finds in four million captions.
    const truth = 0.0647
    const covered = count('bleu', (random, sample) => {
      const rows = Float64Array.from(Array.from({ length: 50 }, () => bleuRow(random, 0.01)).flat())
      const value = (sums: Float64Array): number => bleuOf(decodeBleu([...sums]))[3]
      const shape = { rows, width: 10, size: 0, range: [0, 1], isMean: false, unseen: unseenBleu, value } as const
      const { low, high } = intervalOfCorpus(shape, sample)
      return low <= truth && truth <= high
    })
    expect(covered).toBeGreaterThanOrEqual(LEAST)
  })

  it('PPI++ with outlying proxies that the gold may lack', () => {
    const covered = count('ppi', (random) => {
      const gold = Float64Array.from({ length: 2000 }, () => oneOf(random, [0, 0.05, 0.4], [0.5, 0.4, 0.1]))
      const proxy = gold.map((score) => score + 0.1 * random.uniform() + (random.uniform() < 0.01 ? 20 : 0))
      const mean = gold.reduce((sum, score) => sum + score, 0) / gold.length
      const { interval } = predictionPoweredMean({ gold: gold.subarray(0, 100), proxy, range: [0, 1], level: 0.95 })
      return interval!.low <= mean && mean <= interval!.high
    })
    expect(covered).toBeGreaterThanOrEqual(LEAST)
  })

  it('false alarms for skewed differences of mean 0', () => {
    const alarms = count('alarms', (random, sample) => {
      const differences = Array.from({ length: 50 }, () => [oneOf(random, [0, -0.1, 0.9], [0.9, 0.09, 0.01])])
      return pOfDifferences(differences, sample) <= 0.05
    })
    expect(alarms).toBeLessThanOrEqual(0.06)
  })
})

function count(key: string, isTrue: (random: CounterRandom, sample: number) => boolean): number {
  const random = new CounterRandom(20261129, key)
  let times = 0
  for (let sample = 0; sample < SAMPLES; sample++) if (isTrue(random.startReplicate(sample), sample)) times++
  return times / SAMPLES
}
