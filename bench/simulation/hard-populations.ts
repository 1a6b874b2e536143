/**
 * Populations on which intervals of the mean are known to fail: nearly equal values, rare large values,
 * unequal clusters.
 *
 * The cells of the review of 2026-11-29 (docs/measurements/coverage.md), so that figures before and after are
 * comparable.
 * @module
 */
import type { CounterRandom } from '../../src/statistics/counter-random.ts'
import { uniform } from './populations.ts'

export interface HardMean {
  readonly study: 'mean' | 'proportion' | 'paired difference'
  readonly what: string
  /** Mean over items. */
  readonly truth: number
  readonly kind: 'binary' | 'bounded' | 'inner'
  readonly range: readonly [number, number]
  /** Data on which the earlier interval was valid, marked as such: there the width may grow only a little. */
  readonly isOrdinary?: true
  /** Values of the items of one cluster. */
  readonly draw: (random: CounterRandom) => number[]
}

/** Summed statistics of one cluster, and the corpus metric of such sums. */
export interface HardCorpus {
  readonly what: string
  readonly width: number
  readonly range: readonly [number, number]
  readonly value: (sums: Float64Array) => number
  /** Value in the population, from {@link CORPUS_TRUTH_DRAWS} clusters if it has no closed form. */
  readonly truth: number | null
  readonly draw: (random: CounterRandom) => number[]
}

export const CORPUS_TRUTH_DRAWS = 4_000_000

const VQA_VALUES = [0, 0.3, 0.6, 0.9, 1]
const VQA_SHARES = [0.4, 0.05, 0.05, 0.1, 0.4]
const VQA_MEAN = 0.05 * 0.3 + 0.05 * 0.6 + 0.1 * 0.9 + 0.4

export const vqaScore = (random: CounterRandom): number => oneOf(random, VQA_VALUES, VQA_SHARES)

/** Sizes 1 to 200 with probabilities proportional to size^−exponent. */
function zipfSizes(exponent: number): { shares: number[]; mean: number; draw: (random: CounterRandom) => number } {
  const weights = Array.from({ length: 200 }, (_, i) => (i + 1) ** -exponent)
  const total = weights.reduce((sum, weight) => sum + weight)
  const shares = weights.map((weight) => weight / total)
  const sizes = shares.map((_, i) => i + 1)
  const mean = shares.reduce((sum, share, i) => sum + share * (i + 1), 0)
  return { shares, mean, draw: (random) => oneOf(random, sizes, shares) }
}

export const ZIPF = zipfSizes(1.5)
const STEEP_ZIPF = zipfSizes(2.2)

const chanceBySize = (size: number): number => Math.max(0.2, 0.9 - 0.12 * Math.log(size))

export const HARD_MEANS: readonly HardMean[] = [
  inClusters('Zipf(1.5) clusters, right or wrong, rho .31', 0.6, ZIPF.draw, (random) => rightOrWrong(random, 1.32, 0.88)),
  inClusters('Zipf(2.2) clusters, right or wrong, rho .31', 0.6, STEEP_ZIPF.draw, (random) => rightOrWrong(random, 1.32, 0.88)),
  inClusters(
    'Zipf(1.5) clusters, large ones harder',
    ZIPF.shares.reduce((sum, share, i) => sum + share * (i + 1) * chanceBySize(i + 1), 0) / ZIPF.mean,
    ZIPF.draw,
    (random, size) => () => (uniform(random) < chanceBySize(size) ? 1 : 0),
  ),
  inClusters('Zipf(1.5) clusters, VQA scores', VQA_MEAN, ZIPF.draw, (random) => {
    const shared = uniform(random) < 0.3 ? vqaScore(random) : null
    return () => shared ?? vqaScore(random)
  }),
  ...[0.9, 0.95, 0.99].map((zeros) =>
    single(`zero-inflated ${100 * zeros} %`, (1 - zeros) / 2, (random) => (uniform(random) < zeros ? 0 : uniform(random))),
  ),
  { ...single('VQA scores, one an image', VQA_MEAN, vqaScore), isOrdinary: true },
  { ...single('uniform on [0, 1]', 0.5, uniform), isOrdinary: true },
  { ...single('ROUGE-like: normal(.45, .14)', 0.45, (random) => within(0, 1, 0.45 + 0.14 * normal(random))), isOrdinary: true },
  {
    ...single('CLIPScore-like: normal(.7, .08)', 0.7, (random) => within(0, 2.5, 0.7 + 0.08 * normal(random))),
    kind: 'inner',
    range: [0, 2.5],
    isOrdinary: true,
  },
  single('near the ceiling: 1 in 97 %, .9 in 2 %, 0 in 1 %', 0.988, (random) => oneOf(random, [1, 0.9, 0], [0.97, 0.02, 0.01])),
  {
    ...inClusters('R@1 of five captions an image, 3 % found, rho .3', 0.03, five, (random) =>
      rightOrWrong(random, 0.07, (0.07 * 97) / 3),
    ),
    kind: 'binary',
  },
  {
    ...inClusters('R@1 of five captions an image, 40 % found, rho .3', 0.4, five, (random) => rightOrWrong(random, 14 / 15, 1.4)),
    kind: 'binary',
    isOrdinary: true,
  },
  ...[0.5, 0.9, 0.98, 0.995, 0.002].map((chance): HardMean => ({
    ...single(`p = ${chance}`, chance, (random) => (uniform(random) < chance ? 1 : 0)),
    study: 'proportion',
    kind: 'binary',
  })),
  difference(
    inClusters(
      '98 % ties, +1 in 1.4 %, −1 in .6 %, four an image',
      0.008,
      () => 4,
      (random) => () => oneOf(random, [0, 1, -1], [0.98, 0.014, 0.006]),
    ),
  ),
  difference(
    inClusters(
      'Zipf(1.5) clusters, 70 % ties',
      0.03,
      ZIPF.draw,
      (random) => () => oneOf(random, [0, 1, -1], [0.7, 0.165, 0.135]),
    ),
  ),
  difference(
    single('zero-inflated 95 %, skewed: +.5 in 4 %, −.25 in 1 %', 0.0175, (random) =>
      oneOf(random, [0, 0.5, -0.25], [0.95, 0.04, 0.01]),
    ),
  ),
]

export const HARD_CORPORA: readonly HardCorpus[] = [
  {
    what: 'ratio of sums, Zipf(1.5) lengths, rho .1',
    width: 2,
    range: [0, 1],
    value: ratio,
    truth: 0.4,
    draw(random) {
      const size = ZIPF.draw(random)
      const isMatch = rightOrWrong(random, 3.6, 5.4)
      let matches = 0
      for (let i = 0; i < size; i++) matches += isMatch()
      return [matches, size]
    },
  },
  mean10('mean of zero-inflated 95 % (CIDEr-like)', 0.05, (random) => (uniform(random) < 0.95 ? 0 : gamma(random, 1))),
  mean10('mean of gamma(.3) scores (CIDEr-like)', null, (random) => 3 * gamma(random, 0.3)),
  mean10('heavy ties: mean of 0, 1 or 10 (90, 8, 2 %)', 0.28, (random) => oneOf(random, [0, 1, 10], [0.9, 0.08, 0.02])),
]

/**
 * One caption's BLEU statistics, as `metrics/bleu.ts` encodes them: lengths, possible and matched n-grams of
 * orders 1 to 4.
 */
export function bleuRow(random: CounterRandom, shareWithFourGrams: number): number[] {
  const length = 7 + random.below(7)
  const reference = 8 + random.below(5)
  const quality = beta(random, 2, 2)
  const one = binomial(random, length, quality)
  const two = Math.min(binomial(random, length - 1, 0.45 * quality), Math.max(0, one - 1))
  const three = Math.min(binomial(random, length - 2, 0.2 * quality), Math.max(0, two - 1))
  const four = uniform(random) < 2 * quality * shareWithFourGrams ? 1 + random.below(3) : 0
  const [least2, least3] = four > 0 ? [four + 2, four + 1] : [0, 0]
  const possible = [0, 1, 2, 3].map((order) => length - order)
  return [length, reference, ...possible, one, Math.max(two, least2), Math.max(three, least3), four]
}

export function gamma(random: CounterRandom, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - uniform(random)) ** (1 / shape)
  // Marsaglia & Tsang (2000).
  const d = shape - 1 / 3
  for (;;) {
    const x = normal(random)
    const v = (1 + x / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - uniform(random)) < x * x * 0.5 + d * (1 - v + Math.log(v))) return d * v
  }
}

export function normal(random: CounterRandom): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random))
}

function beta(random: CounterRandom, a: number, b: number): number {
  const x = gamma(random, a)
  return x / (x + gamma(random, b))
}

export function oneOf(random: CounterRandom, values: readonly number[], shares: readonly number[]): number {
  let left = uniform(random)
  for (let i = 0; i < values.length - 1; i++) {
    if (left < shares[i]!) return values[i]!
    left -= shares[i]!
  }
  return values.at(-1)!
}

function binomial(random: CounterRandom, n: number, p: number): number {
  let k = 0
  for (let i = 0; i < n; i++) if (uniform(random) < p) k++
  return k
}

/**
 * Items of one cluster with a common probability drawn from Beta(a, b): their correlation is 1/(a + b + 1).
 */
function rightOrWrong(random: CounterRandom, a: number, b: number): () => number {
  const chance = beta(random, a, b)
  return () => (uniform(random) < chance ? 1 : 0)
}

function within(low: number, high: number, value: number): number {
  return Math.min(high, Math.max(low, value))
}

function five(): number {
  return 5
}

function single(what: string, truth: number, value: (random: CounterRandom) => number): HardMean {
  return { study: 'mean', what, truth, kind: 'bounded', range: [0, 1], draw: (random) => [value(random)] }
}

function inClusters(
  what: string,
  truth: number,
  size: (random: CounterRandom) => number,
  items: (random: CounterRandom, size: number) => () => number,
): HardMean {
  return {
    study: 'mean',
    what,
    truth,
    kind: 'bounded',
    range: [0, 1],
    draw(random) {
      const count = size(random)
      const item = items(random, count)
      return Array.from({ length: count }, item)
    },
  }
}

function difference(population: HardMean): HardMean {
  return { ...population, study: 'paired difference', range: [-1, 1] }
}

function mean10(what: string, truth: number | null, score: (random: CounterRandom) => number): HardCorpus {
  return { what, width: 2, range: [0, 10], value: ratio, truth, draw: (random) => [Math.min(10, score(random)), 1] }
}

function ratio(sums: Float64Array): number {
  return sums[0]! / sums[1]!
}
