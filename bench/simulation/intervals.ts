/**
 * Coverage of the fixed-sample intervals.
 * @module
 */
import { clopperPearson, wilson } from '../../src/statistics/binomial-intervals.ts'
import { boundedCorpusIntervals } from '../../src/statistics/bounded-corpus.ts'
import { boundedProportionInterval } from '../../src/statistics/bounded-mean.ts'
import type { ClusteredValue } from '../../src/statistics/clusters.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import type { Bounds } from '../../src/statistics/interval.ts'
import { meanInterval } from '../../src/statistics/mean-interval.ts'
import { medianOrderStatistic } from '../../src/statistics/order-statistic.ts'
import { binomialProbability } from '../../src/statistics/special-functions.ts'
import { within } from './cell.ts'
import type { Cell } from './cell.ts'
import { POPULATIONS, uniform } from './populations.ts'
import type { Population } from './populations.ts'

const SEED = 20261124
const LEVEL = 0.95

/** Wilson and Clopper–Pearson: exact coverage by enumeration, and the simulated average over p. */
export function* binomialCells(replicates: number): Generator<Cell> {
  for (const n of [10, 30, 100, 300, 1000]) {
    const ofWilson = Array.from({ length: n + 1 }, (_, k) => wilson(k, n, LEVEL)!)
    const ofUnseen = Array.from({ length: n + 1 }, (_, k) => boundedProportionInterval(k, n, LEVEL)!)
    const ofClopper = Array.from({ length: n + 1 }, (_, k) => clopperPearson(k, n, LEVEL)!)
    const size = `n = ${n}`
    const everywhere = grid(0.001, 0.999, 0.001).map((p) => exactCoverage(ofUnseen, n, p))
    yield {
      study: 'Proportion',
      what: 'average over p in [.001, .999], exact',
      size,
      rate: mean(everywhere),
      gate: within(mean(everywhere), 0.95, 0.98),
    }
    yield {
      study: 'Proportion',
      what: 'least over p, exact',
      size,
      rate: Math.min(...everywhere),
      gate: within(Math.min(...everywhere), 0.92, 1),
    }
    const average = mean(grid(0.05, 0.95, 0.005).map((p) => exactCoverage(ofWilson, n, p)))
    yield {
      study: 'Wilson (on request)',
      what: 'average over p in [.05, .95], exact',
      size,
      rate: average,
      gate: within(average, 0.94, 0.96),
    }
    const random = new CounterRandom(SEED, `binomial/${n}`)
    let covered = 0
    for (let replicate = 0; replicate < replicates; replicate++) {
      random.startReplicate(replicate)
      const p = 0.05 + 0.9 * uniform(random)
      let k = 0
      for (let i = 0; i < n; i++) if (uniform(random) < p) k++
      if (contains(ofWilson[k]!, p)) covered++
    }
    const rate = covered / replicates
    yield {
      study: 'Wilson (on request)',
      what: 'average over p in [.05, .95], simulated',
      size,
      rate,
      trials: replicates,
      gate: within(rate, 0.94, 0.96, replicates),
    }
    // Coverage is least just inside an interval's end, so the grid includes the ends.
    const ends = ofClopper.flatMap(({ low, high }) => [low + 1e-12, high - 1e-12]).filter((p) => p > 0 && p < 1)
    const least = Math.min(
      ...[...grid(0.001, 0.999, 0.001), ...(n <= 300 ? ends : [])].map((p) => exactCoverage(ofClopper, n, p)),
    )
    yield { study: 'Clopper–Pearson', what: 'least over p, exact', size, rate: least, gate: within(least, LEVEL, 1) }
  }
}

/** `meanInterval` with the options of reports. */
export function* meanCells(replicates: number): Generator<Cell> {
  for (const population of POPULATIONS)
    for (const clusters of [5, 10, 30, 100, 200, 1000]) {
      const { rate, width } = coverage(`mean/${population.name}/${clusters}`, replicates, population.mean, (random) =>
        meanInterval(sample(population, clusters, random), {
          kind: population.isBinary ? 'binary' : 'bounded',
          range: [0, 1],
          level: LEVEL,
          target: 'population',
        }),
      )
      const gated = population.isGated && clusters >= 200 ? { gate: within(rate, 0.94, 0.975, replicates) } : {}
      const remark = `mean width ${width.toFixed(3)}`
      yield {
        study: 'Mean',
        what: population.name,
        size: `G = ${clusters}`,
        rate,
        trials: replicates,
        remark,
        ...gated,
      }
    }
}

/** A corpus metric: a ratio of sums over images. */
export function* corpusCells(replicates: number): Generator<Cell> {
  for (const clusters of [20, 50, 500]) {
    // Matches out of 5 to 14 words; every image has its own precision.
    const cell = corpusCell('ratio of sums (corpus precision)', clusters, replicates, 0.6, (random) => {
      const words = 5 + random.below(10)
      const precision = 0.3 + 0.6 * uniform(random)
      let matches = 0
      for (let i = 0; i < words; i++) if (uniform(random) < precision) matches++
      return [matches, words]
    })
    yield clusters >= 500 ? { ...cell, gate: within(cell.rate, 0.94, 0.975, replicates) } : cell
  }
}

function corpusCell(
  what: string,
  clusters: number,
  replicates: number,
  truth: number,
  draw: (random: CounterRandom) => number[],
): Cell {
  const rows = new Float64Array(2 * clusters)
  const { rate, width } = coverage(`bootstrap/${what}/${clusters}`, replicates, truth, (random, replicate) => {
    for (let g = 0; g < clusters; g++) rows.set(draw(random), 2 * g)
    const shape = { rows, width: 2, size: 1, unseen: unseenRatio }
    const draws = { level: LEVEL, target: 'population', seed: replicate, key: what } as const
    return boundedCorpusIntervals({ ...shape, ...draws }, [(sums) => sums[0]! / sums[1]!])[0]!
  })
  const remark = `mean width ${width.toFixed(3)}`
  return { study: 'Corpus metric', what, size: `G = ${clusters}`, rate, trials: replicates, remark }
}

/** Methods that promise at least the level for every distribution. */
export function* distributionFreeCells(replicates: number): Generator<Cell> {
  for (const n of [10, 30, 100]) {
    // A median rank: half the captions at rank 3 or better, many ties.
    const ranks = [1, 1, 2, 3, 5, 8, 20, 90]
    const { rate } = coverage(`median/${n}`, replicates, 3, (random) =>
      medianOrderStatistic(
        Array.from({ length: n }, () => ranks[random.below(ranks.length)]!),
        { level: LEVEL, target: 'population' },
      ),
    )
    yield { study: 'Order statistic', what: 'median of tied ranks', size: `n = ${n}`, rate, trials: replicates }
  }
}

/** A cluster of a ratio of sums without and with everything matched. */
function unseenRatio(ordinary: Float64Array): { worst: number[]; best: number[] } {
  const size = ordinary[1]!
  return { worst: [0, size], best: [size, size] }
}

/** Share of simulated samples whose interval contains the truth, and the mean width. */
function coverage(
  key: string,
  replicates: number,
  truth: number,
  interval: (random: CounterRandom, replicate: number) => Bounds | null,
): { rate: number; width: number } {
  const random = new CounterRandom(SEED, key)
  let covered = 0
  let width = 0
  for (let replicate = 0; replicate < replicates; replicate++) {
    const bounds = interval(random.startReplicate(replicate), replicate)!
    if (contains(bounds, truth)) covered++
    width += bounds.high - bounds.low
  }
  return { rate: covered / replicates, width: width / replicates }
}

function sample(population: Population, clusters: number, random: CounterRandom): ClusteredValue[] {
  const observations: ClusteredValue[] = []
  for (let cluster = 0; cluster < clusters; cluster++)
    for (const value of population.draw(random)) observations.push({ cluster, value })
  return observations
}

function exactCoverage(intervals: readonly Bounds[], n: number, p: number): number {
  let sum = 0
  for (let k = 0; k <= n; k++) if (contains(intervals[k]!, p)) sum += binomialProbability(k, n, p)
  return sum
}

function contains({ low, high }: Bounds, value: number): boolean {
  return low <= value && value <= high
}

function grid(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
