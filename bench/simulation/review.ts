/**
 * The cells of the review of 2026-11-29 with reported undercoverage: every family of interval and test at 50,
 * 200 and 1000 clusters. The goal is 93 % coverage at a nominal 95 %, and 6 % false alarms for a mean
 * difference of 0.
 * @module
 */
import { bleuOf, decodeBleu, unseenBleu } from '../../src/metrics/bleu.ts'
import { stepLocalization } from '../../src/metrics/step-localization.ts'
import { clusterBootstrap } from '../../src/statistics/cluster-bootstrap.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { groupedJackknifeT } from '../../src/statistics/grouped-jackknife.ts'
import type { Bounds } from '../../src/statistics/interval.ts'
import { bonettPrice, mcnemarMidP } from '../../src/statistics/mcnemar.ts'
import { medianOrderStatistic } from '../../src/statistics/order-statistic.ts'
import { predictionPoweredMean } from '../../src/statistics/prediction-powered.ts'
import { swapDifferenceOfSums, systemSwap } from '../../src/statistics/system-swap.ts'
import { excludesMean } from '../../src/statistics/without-replacement.ts'
import { atLeast, atMostRate } from './cell.ts'
import type { Cell } from './cell.ts'
import {
  CORPUS_TRUTH_DRAWS,
  HARD_CORPORA,
  HARD_MEANS,
  ZIPF,
  bleuRow,
  gamma,
  normal,
  oneOf,
  vqaScore,
} from './hard-populations.ts'
import type { HardCorpus } from './hard-populations.ts'
import { uniform } from './populations.ts'
import { intervalOfCorpus, intervalOfMean, pOfDifferences } from './procedures.ts'

const SEED = 20261129
const LEVEL = 0.95
const SIZES = [50, 200, 1000] as const
const LEAST = 0.93
const MOST_ALARMS = 0.06

export function* reviewedMeans(replicates: number): Generator<Cell> {
  for (const population of HARD_MEANS)
    for (const clusters of SIZES) {
      const trials = clusters === 1000 ? Math.min(replicates, 2000) : replicates
      const { kind, range, study, truth } = population
      const of = study === 'paired difference' ? 'differences' : 'values'
      const cell = covered(`Review: ${study}`, population.what, `G = ${clusters}`, trials, truth, (random) => {
        const observations = Array.from({ length: clusters }, (_, cluster) =>
          population.draw(random).map((value) => ({ cluster, value })),
        ).flat()
        return intervalOfMean(observations, { kind, range, of })
      })
      yield population.isOrdinary ? { ...cell, isOrdinary: true } : cell
    }
}

export function* reviewedCorpora(replicates: number): Generator<Cell> {
  const bleu = [0.08, 0.01].map((share): HardCorpus => ({
    what: `BLEU-4, 4-grams in ${100 * share} % of captions`,
    width: 10,
    range: [0, 1],
    value: (sums) => bleuOf(decodeBleu([...sums]))[3],
    truth: null,
    draw: (random) => bleuRow(random, share),
  }))
  for (const corpus of [...HARD_CORPORA, ...bleu]) {
    const { width, range, value } = corpus
    const truth = corpus.truth ?? populationValue(corpus)
    const isBleu = width > 2
    const shape = {
      width,
      range,
      value,
      size: isBleu ? 0 : 1,
      isMean: range[1] === 10,
      unseen: isBleu ? unseenBleu : unseenRatio,
    }
    for (const clusters of SIZES) {
      const trials = Math.min(replicates, clusters === 1000 ? 500 : 2500)
      yield covered('Review: corpus metric', corpus.what, `G = ${clusters}`, trials, truth, (random, replicate) => {
        const rows = new Float64Array(clusters * width)
        for (let g = 0; g < clusters; g++) rows.set(corpus.draw(random), g * width)
        return intervalOfCorpus({ ...shape, rows }, replicate)
      })
    }
  }
}

const PPI_ITEMS = 5000

export function* reviewedPredictionPowered(replicates: number): Generator<Cell> {
  const cells: [what: string, item: (random: CounterRandom) => [gold: number, proxy: number]][] = [
    [
      'gold 95 % zeros, proxy finds 60 %',
      (random) => {
        const gold = rare(random)
        return [gold, uniform(random) < 0.6 ? gold : rare(random)]
      },
    ],
    [
      'gold 98 % right, proxy right in 70 %',
      (random) => {
        const gold = uniform(random) < 0.98 ? 1 : 0
        return [gold, uniform(random) < 0.7 ? gold : random.below(2)]
      },
    ],
    [
      'VQA scores, proxy agrees in 80 %',
      (random) => {
        const gold = vqaScore(random)
        return [gold, uniform(random) < 0.8 ? gold : vqaScore(random)]
      },
    ],
    [
      'gold 50 % right, proxy says right in 90 %',
      (random) => {
        const gold = uniform(random) < 0.5 ? 1 : 0
        return [gold, uniform(random) < (gold === 1 ? 0.97 : 0.83) ? 1 : 0]
      },
    ],
    [
      'skewed gold, 1 % of proxy scores far out (+20)',
      (random) => {
        const gold = Math.min(1, 0.1 * gamma(random, 0.4))
        return [gold, gold + 0.05 * normal(random) + (uniform(random) < 0.01 ? 20 : 0)]
      },
    ],
  ]
  for (const [what, item] of cells)
    for (const g of [100, 200, 1000]) {
      const gold = new Float64Array(PPI_ITEMS)
      const proxy = new Float64Array(PPI_ITEMS)
      const trials = Math.min(replicates, 4000)
      yield covered('Review: PPI++', what, `g = ${g}`, trials, meanOfDataset, (random) => {
        let sum = 0
        for (let i = 0; i < PPI_ITEMS; i++) {
          ;[gold[i], proxy[i]] = item(random) as [number, number]
          sum += gold[i]!
        }
        const { interval } = predictionPoweredMean({ gold: gold.subarray(0, g), proxy, range: [0, 1], level: LEVEL })
        return { ...interval!, truth: sum / PPI_ITEMS }
      })
    }
}

/** Populations whose truth comes with each sample. */
const meanOfDataset = Symbol('mean of the dataset drawn')

const VIDEOS = 4000
const STEP_CLASSES = 12

export function* reviewedJackknife(replicates: number): Generator<Cell> {
  const random = new CounterRandom(SEED, 'videos').startReplicate(0)
  const population = Array.from({ length: VIDEOS }, () => drawVideo(random))
  const truth = evaluateVideos(population)
  const metrics: [string, (scores: ReturnType<typeof evaluateVideos>) => number][] = [
    ['mAP@0.5', (scores) => scores.tIoU['0.5']!.mAP],
    ['F1@0.5', (scores) => scores.tIoU['0.5']!.F1],
    ['mIoU', (scores) => scores.mIoU],
  ]
  for (const [videos, most] of [
    [50, 600],
    [200, 100],
  ] as const) {
    const trials = Math.max(1, Math.min(most, Math.floor(replicates / 10)))
    const counts = metrics.map(() => ({ covered: 0, width: 0 }))
    const draws = new CounterRandom(SEED, `jackknife/${videos}`)
    for (let trial = 0; trial < trials; trial++) {
      draws.startReplicate(trial)
      const sample = Array.from({ length: videos }, () => population[draws.below(VIDEOS)]!)
      const whole = evaluateVideos(sample)
      const remainders = new Map<number, ReturnType<typeof evaluateVideos>>()
      const without = (group: number, groups: number) => {
        const kept = remainders.get(group) ?? evaluateVideos(sample.filter((_, i) => i % groups !== group))
        remainders.set(group, kept)
        return kept
      }
      metrics.forEach(([, of], index) => {
        const options = { range: [0, 1], level: LEVEL, target: 'population' } as const
        const interval = groupedJackknifeT(of(whole), videos, (group, groups) => of(without(group, groups)), options)
        if (interval === null) return
        if (contains(interval, of(truth))) counts[index]!.covered++
        counts[index]!.width += interval.high - interval.low
      })
    }
    for (const [index, [what]] of metrics.entries())
      yield coverageCell('Review: grouped jackknife', `${what}, 12 classes`, `n = ${videos}`, trials, counts[index]!)
  }
}

export function* reviewedMedians(replicates: number): Generator<Cell> {
  for (const chance of [0.6, 0.3, 0.05])
    for (const n of SIZES) {
      const truth = Math.ceil(Math.log(0.5) / Math.log(1 - chance))
      yield covered('Review: median', `geometric(${chance}) ranks`, `n = ${n}`, replicates, truth, (random) => {
        const ranks = Array.from({ length: n }, () => geometric(random, chance))
        return medianOrderStatistic(ranks, { level: LEVEL, target: 'population' })!
      })
    }
  for (const base of [0.3, 0.05]) {
    const drawImage = (random: CounterRandom): number[] => {
      const chance = Math.min(0.95, Math.max(0.005, base * Math.exp(0.8 * normal(random))))
      return Array.from({ length: 5 }, () => geometric(random, chance))
    }
    const random = new CounterRandom(SEED, `median/${base}`).startReplicate(0)
    const ranks = Array.from({ length: 300_000 }, () => drawImage(random)).flat()
    const truth = ranks.toSorted((a, b) => a - b)[ranks.length >> 1]!
    for (const images of SIZES) {
      const trials = Math.min(replicates, images === 1000 ? 200 : 1500)
      yield covered('Review: median', `five ranks an image, base ${base}`, `G = ${images}`, trials, truth, (draws, replicate) => {
        const clusters = Array.from({ length: images }, () => drawImage(draws))
        const statistic = (indices: Uint32Array): number => {
          const all = Float64Array.from(Array.from(indices, (index) => clusters[index]!).flat()).toSorted()
          return all[(all.length - 1) >> 1]!
        }
        const options = { level: LEVEL, target: 'population', seed: replicate, key: 'median', replicates: 400 } as const
        return clusterBootstrap({ clusters: images, statistic, ...options })!
      })
    }
  }
}

export function* reviewedSequences(replicates: number): Generator<Cell> {
  const cells: [what: string, range: [number, number], value: (random: CounterRandom) => number][] = [
    ['right in .5 %', [0, 1], (random) => (uniform(random) < 0.005 ? 1 : 0)],
    ['right in 30 %', [0, 1], (random) => (uniform(random) < 0.3 ? 1 : 0)],
    ['zero-inflated 99 %', [0, 1], (random) => (uniform(random) < 0.99 ? 0 : uniform(random))],
    ['VQA scores', [0, 1], vqaScore],
    ['near the ceiling', [0, 1], (random) => oneOf(random, [1, 0.9, 0], [0.97, 0.02, 0.01])],
    ['paired differences, 3 % discordant', [-1, 1], (random) => oneOf(random, [0, 1, -1], [0.97, 0.02, 0.01])],
  ]
  for (const [what, range, value] of cells)
    for (const populationSize of SIZES) {
      const random = new CounterRandom(SEED, `sequence/${what}/${populationSize}`)
      const trials = Math.min(replicates, populationSize === 1000 ? 2000 : 10_000)
      let wrong = 0
      for (let trial = 0; trial < trials; trial++) {
        random.startReplicate(trial)
        const values = Float64Array.from({ length: populationSize }, () => value(random))
        const mean = values.reduce((sum, one) => sum + one, 0) / populationSize
        if (excludesMean({ values, populationSize, range }, mean, LEVEL)) wrong++
      }
      yield alarmCell('Review: confidence sequence, ever wrong', what, `N = ${populationSize}`, trials, wrong)
    }
}

export function* reviewedTests(replicates: number): Generator<Cell> {
  for (const discordant of [0.01, 0.05, 0.2])
    for (const n of SIZES) {
      const random = new CounterRandom(SEED, `mcnemar/${discordant}/${n}`)
      const what = `${100 * discordant} % discordant`
      let alarms = 0
      const found = { covered: 0, width: 0 }
      for (let trial = 0; trial < replicates; trial++) {
        random.startReplicate(trial)
        const counts = [0, 0]
        for (let i = 0; i < n; i++) if (uniform(random) < discordant) counts[random.below(2)]!++
        if (mcnemarMidP(counts[0]!, counts[1]!) <= 1 - LEVEL) alarms++
        count(found, bonettPrice(counts[0]!, counts[1]!, n, LEVEL)!, 0)
      }
      yield alarmCell('Review: McNemar mid-p, false alarms', what, `n = ${n}`, replicates, alarms)
      yield coverageCell('Review: Bonett–Price', `difference 0, ${what}`, `n = ${n}`, replicates, found)
    }
  for (const n of SIZES)
    yield covered('Review: Bonett–Price', 'difference .03, all one way', `n = ${n}`, replicates, 0.03, (random) => {
      let up = 0
      for (let i = 0; i < n; i++) if (uniform(random) < 0.03) up++
      return bonettPrice(0, up, n, LEVEL)!
    })

  const zipf = (random: CounterRandom): number[] =>
    Array.from({ length: ZIPF.draw(random) }, () => oneOf(random, [0, 1, -1], [0.95, 0.025, 0.025]))
  const differences: [what: string, cluster: (random: CounterRandom) => number[]][] = [
    ['exchangeable: Zipf(1.5) clusters, 5 % discordant', zipf],
    ['exchangeable: VQA differences', (random) => [vqaScore(random) - vqaScore(random)]],
    ['exchangeable: 99 % zero', (random) => [uniform(random) < 0.99 ? 0 : 2 * uniform(random) - 1]],
    ['mean 0: −.05 in 95 %, +.95 in 5 %', (random) => [uniform(random) < 0.95 ? -0.05 : 0.95]],
    ['mean 0: 0 in 90 %, −.1 in 9 %, +.9 in 1 %', (random) => [oneOf(random, [0, -0.1, 0.9], [0.9, 0.09, 0.01])]],
  ]
  for (const [what, cluster] of differences)
    for (const clusters of SIZES) {
      const random = new CounterRandom(SEED, `flip/${what}/${clusters}`)
      const trials = Math.min(replicates, clusters === 1000 ? 1000 : 3000)
      let alarms = 0
      for (let trial = 0; trial < trials; trial++) {
        random.startReplicate(trial)
        if (
          pOfDifferences(
            Array.from({ length: clusters }, () => cluster(random)),
            trial,
          ) <=
          1 - LEVEL
        )
          alarms++
      }
      yield alarmCell('Review: paired means, false alarms', what, `G = ${clusters}`, trials, alarms)
    }

  const swaps: [what: string, width: number, pair: (random: CounterRandom) => number[][], (sums: Float64Array) => number][] = [
    [
      'ratio of sums, Zipf(1.5) lengths',
      2,
      (random) => {
        const length = ZIPF.draw(random)
        const chance = 0.1 + 0.6 * uniform(random)
        const matches = () => Array.from({ length }, () => (uniform(random) < chance ? 1 : 0)).reduce<number>((a, b) => a + b, 0)
        return [
          [matches(), length],
          [matches(), length],
        ]
      },
      ([matches, length]) => matches! / length!,
    ],
    [
      'BLEU-4, 4-grams in 2 %',
      10,
      (random) => [bleuRow(random, 0.02), bleuRow(random, 0.02)],
      (sums) => bleuOf(decodeBleu([...sums]))[3],
    ],
  ]
  for (const [what, width, pair, value] of swaps)
    for (const clusters of [50, 200]) {
      const random = new CounterRandom(SEED, `swap/${what}/${clusters}`)
      const trials = Math.min(replicates, 400)
      let alarms = 0
      for (let trial = 0; trial < trials; trial++) {
        random.startReplicate(trial)
        const [first, second] = [new Float64Array(clusters * width), new Float64Array(clusters * width)]
        for (let g = 0; g < clusters; g++) {
          const [a, b] = pair(random)
          first.set(a!, g * width)
          second.set(b!, g * width)
        }
        const swap = swapDifferenceOfSums(first, second, width, value)
        if (systemSwap({ ...swap, seed: trial, key: 'swap', replicates: 499 }).p <= 1 - LEVEL) alarms++
      }
      yield alarmCell('Review: system swap, false alarms', what, `G = ${clusters}`, trials, alarms)
    }
}

function covered(
  study: string,
  what: string,
  size: string,
  trials: number,
  truth: number | typeof meanOfDataset,
  sample: (random: CounterRandom, replicate: number) => Bounds & { readonly truth?: number },
): Cell {
  const random = new CounterRandom(SEED, `${study}/${what}/${size}`)
  const counts = { covered: 0, width: 0 }
  for (let replicate = 0; replicate < trials; replicate++) {
    const bounds = sample(random.startReplicate(replicate), replicate)
    count(counts, bounds, truth === meanOfDataset ? bounds.truth! : truth)
  }
  return coverageCell(study, what, size, trials, counts)
}

function count(counts: { covered: number; width: number }, bounds: Bounds, truth: number): void {
  if (contains(bounds, truth)) counts.covered++
  counts.width += bounds.high - bounds.low
}

function coverageCell(
  study: string,
  what: string,
  size: string,
  trials: number,
  found: { covered: number; width: number },
): Cell {
  const cell = { rate: found.covered / trials, trials }
  return { study, what, size, ...cell, width: found.width / trials, gate: atLeast(cell, LEAST) }
}

function alarmCell(study: string, what: string, size: string, trials: number, alarms: number): Cell {
  const cell = { rate: alarms / trials, trials }
  return { study, what, size, ...cell, gate: atMostRate(cell, MOST_ALARMS) }
}

function contains({ low, high }: Bounds, value: number): boolean {
  // A value at an end counts as covered, rounding included.
  const slack = 1e-9 * Math.max(1, Math.abs(value))
  return low <= value + slack && value - slack <= high
}

function populationValue({ what, width, value, draw }: HardCorpus): number {
  const random = new CounterRandom(SEED, `truth/${what}`).startReplicate(0)
  const sums = new Float64Array(width)
  for (let i = 0; i < CORPUS_TRUTH_DRAWS; i++) draw(random).forEach((one, k) => (sums[k]! += one))
  return value(sums)
}

function unseenRatio(ordinary: Float64Array): { worst: number[]; best: number[] } {
  return { worst: [0, ordinary[1]!], best: [ordinary[1]!, ordinary[1]!] }
}

function rare(random: CounterRandom): number {
  return uniform(random) < 0.95 ? 0 : uniform(random)
}

function geometric(random: CounterRandom, chance: number): number {
  return 1 + Math.floor(Math.log(1 - uniform(random)) / Math.log(1 - chance))
}

interface StepVideo {
  readonly truth: readonly { step: number; start: number; end: number }[]
  readonly proposals: readonly { step: number; start: number; end: number; score: number }[]
}

/**
 * One to five steps of twelve unequally frequent classes, some found, some found as another class, and three
 * random proposals.
 */
function drawVideo(random: CounterRandom): StepVideo {
  const quality = uniform(random)
  const step = () => 1 + Math.min(STEP_CLASSES - 1, Math.floor(STEP_CLASSES * uniform(random) ** 2.2))
  const truth = []
  const proposals = []
  let time = 0
  for (let left = 1 + random.below(5); left > 0; left--) {
    const start = time + 5 * uniform(random)
    const end = start + 2 + 10 * uniform(random)
    time = end
    const own = step()
    truth.push({ step: own, start, end })
    if (uniform(random) >= 0.3 + 0.6 * quality) continue
    const named = uniform(random) < 0.7 ? own : step()
    const shift = () => 4 * uniform(random) - 2
    proposals.push({ step: named, start: start + shift(), end: end + shift(), score: 0.3 + 0.7 * uniform(random) })
  }
  for (let left = 3; left > 0; left--) {
    const start = 40 * uniform(random)
    proposals.push({ step: step(), start, end: start + 2 + 8 * uniform(random), score: 0.8 * uniform(random) })
  }
  return { truth, proposals }
}

function evaluateVideos(videos: readonly StepVideo[]) {
  const named = <T extends object>(of: (video: StepVideo) => readonly T[]) =>
    videos.flatMap((video, i) => of(video).map((segment) => ({ ...segment, video: String(i) })))
  return stepLocalization(
    named(({ proposals }) => proposals),
    named(({ truth }) => truth),
    { classes: STEP_CLASSES },
  )
}
