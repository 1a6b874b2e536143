/**
 * Populations for the coverage simulations: clusters with a known mean over items.
 * @module
 */
import type { CounterRandom } from '../../src/statistics/counter-random.ts'

export interface Population {
  readonly name: string
  /** Mean over items. */
  readonly mean: number
  readonly isBinary: boolean
  /** Well-behaved bounded data: its cells have a gate; the others are only published. */
  readonly isGated: boolean
  /** Items of one cluster. */
  readonly draw: (random: CounterRandom) => number[]
}

const SCORES = [0, 0.3, 0.6, 0.9, 1]
/** Cumulative shares of VQA-like scores. */
const VQA = [0.25, 0.32, 0.4, 0.5, 1]
const VQA_MEAN = 0.07 * 0.3 + 0.08 * 0.6 + 0.1 * 0.9 + 0.5

export const VQA_SINGLE = single('VQA-like scores', VQA_MEAN, true, (random) => score(random, VQA))
const SKEWED = single('skewed: 98 % right', 0.98 + 0.01 * 0.3, false, (random) => score(random, [0.01, 0.02, 0.02, 0.02, 1]))
export const ZERO_INFLATED = single('zero-inflated: 95 % zero', 0.025, false, (random) =>
  uniform(random) < 0.95 ? 0 : uniform(random),
)

export const POPULATIONS: readonly Population[] = [
  VQA_SINGLE,
  single('uniform on [0, 1]', 0.5, true, uniform),
  {
    name: 'VQA-like, 1–8 questions an image',
    mean: VQA_MEAN,
    isBinary: false,
    isGated: true,
    draw(random) {
      // Four in ten questions of an image have a common outcome.
      const shared = score(random, VQA)
      return Array.from({ length: 1 + random.below(8) }, () => (uniform(random) < 0.4 ? shared : score(random, VQA)))
    },
  },
  {
    name: 'right or wrong, 4 an image',
    mean: 0.7,
    isBinary: true,
    isGated: true,
    draw(random) {
      const chance = 0.4 + 0.6 * uniform(random)
      return Array.from({ length: 4 }, () => (uniform(random) < chance ? 1 : 0))
    },
  },
  SKEWED,
  ZERO_INFLATED,
]

/** Uniform on [0, 1), from one word: fine enough for simulation. */
export function uniform(random: CounterRandom): number {
  return random.uint32() / 4294967296
}

function score(random: CounterRandom, cumulative: readonly number[]): number {
  const u = uniform(random)
  return SCORES[cumulative.findIndex((share) => u < share)]!
}

function single(name: string, mean: number, isGated: boolean, value: (random: CounterRandom) => number): Population {
  return { name, mean, isBinary: false, isGated, draw: (random) => [value(random)] }
}
