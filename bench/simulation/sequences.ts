/**
 * Coverage on finite datasets: confidence sequences under continuous peeking, and prediction-powered means.
 * @module
 */
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { predictionPoweredMean } from '../../src/statistics/prediction-powered.ts'
import { excludesMean } from '../../src/statistics/without-replacement.ts'
import { atMost, within } from './cell.ts'
import type { Cell } from './cell.ts'
import { VQA_SINGLE, ZERO_INFLATED, uniform } from './populations.ts'

const SEED = 20261124
const LEVEL = 0.95
const DATASET = 1000

/** How often a sequence with a look after every item ever excludes the dataset's mean. */
export function* peekingCells(replicates: number): Generator<Cell> {
  const datasets: {
    what: string
    range: readonly [number, number]
    erroredShare?: number
    draw: (random: CounterRandom) => number
  }[] = [
    { what: '10 % right', range: [0, 1], draw: (random) => (uniform(random) < 0.1 ? 1 : 0) },
    { what: '50 % right', range: [0, 1], draw: (random) => (uniform(random) < 0.5 ? 1 : 0) },
    { what: '95 % right', range: [0, 1], draw: (random) => (uniform(random) < 0.95 ? 1 : 0) },
    { what: VQA_SINGLE.name, range: [0, 1], draw: (random) => VQA_SINGLE.draw(random)[0]! },
    { what: ZERO_INFLATED.name, range: [0, 1], draw: (random) => ZERO_INFLATED.draw(random)[0]! },
    { what: `${VQA_SINGLE.name}, 2 % errored`, range: [0, 1], erroredShare: 0.02, draw: (random) => VQA_SINGLE.draw(random)[0]! },
    {
      what: 'paired differences, 10 % discordant',
      range: [-1, 1],
      draw: (random) => [-1, 1, ...Array.from({ length: 18 }, () => 0)][random.below(20)]!,
    },
  ]
  for (const { what, range, erroredShare = 0, draw } of datasets) {
    const random = new CounterRandom(SEED, `peeking/${what}`).startReplicate(0xffffffff)
    const values = Float64Array.from({ length: DATASET }, () => draw(random))
    const errored = Uint8Array.from({ length: DATASET }, () => (uniform(random) < erroredShare ? 1 : 0))
    const mean = values.reduce((sum, value) => sum + value, 0) / DATASET
    const order = Uint32Array.from({ length: DATASET }, (_, i) => i)
    let missed = 0
    for (let replicate = 0; replicate < replicates; replicate++) {
      shuffle(order, DATASET, random.startReplicate(replicate))
      const prefix = {
        values: Float64Array.from(order, (i) => values[i]!),
        errored: Uint8Array.from(order, (i) => errored[i]!),
        populationSize: DATASET,
        range,
      }
      if (excludesMean(prefix, mean, LEVEL)) missed++
    }
    const cell = { rate: missed / replicates, trials: replicates }
    yield { study: 'Confidence sequence, ever wrong', what, size: `N = ${DATASET}`, ...cell, gate: atMost(cell, 1 - LEVEL) }
  }
}

const PPI_DATASET = 2500

export function* predictionPoweredCells(replicates: number): Generator<Cell> {
  for (const fidelity of [0.3, 0.6, 0.9]) {
    const random = new CounterRandom(SEED, `ppi/${fidelity}`).startReplicate(0xffffffff)
    const gold = Float64Array.from({ length: PPI_DATASET }, () => VQA_SINGLE.draw(random)[0]!)
    // A proxy that repeats the gold score in a share of cases and guesses otherwise.
    const proxy = gold.map((score) => (uniform(random) < fidelity ? score : VQA_SINGLE.draw(random)[0]!))
    const mean = gold.reduce((sum, score) => sum + score, 0) / PPI_DATASET
    const order = Uint32Array.from({ length: PPI_DATASET }, (_, i) => i)
    for (const g of [100, 500, 1000]) {
      let covered = 0
      let predicted = 0
      let width = 0
      for (let replicate = 0; replicate < replicates; replicate++) {
        shuffle(order, g, random.startReplicate(replicate))
        const { interval, predictedHalfWidth } = predictionPoweredMean({
          gold: Float64Array.from(order.subarray(0, g), (i) => gold[i]!),
          proxy: Float64Array.from(order, (i) => proxy[i]!),
          range: [0, 1],
          level: LEVEL,
        })
        if (interval!.low <= mean && mean <= interval!.high) covered++
        predicted += 2 * predictedHalfWidth
        width += interval!.high - interval!.low
      }
      const rate = covered / replicates
      // Ratio of means: a sample that the proxy happens to fit exactly predicts width 0.
      const meanRatio = width / predicted
      const coverageGate = within(rate, 0.94, 0.975, replicates)
      const gate = { text: `${coverageGate.text}; width ± 5 %`, isKept: coverageGate.isKept && Math.abs(meanRatio - 1) <= 0.05 }
      yield {
        study: 'PPI++',
        what: `proxy right in ${100 * fidelity} %`,
        size: `g = ${g}`,
        rate,
        trials: replicates,
        remark: `mean width ${(width / replicates).toFixed(3)}, ${meanRatio.toFixed(3)} of predicted`,
        ...(g >= 500 ? { gate } : {}),
      }
    }
  }
}

/**
 * Puts a uniform sample without replacement into the first `count` places (Fisher–Yates), in any starting
 * order.
 */
function shuffle(order: Uint32Array, count: number, random: CounterRandom): void {
  for (let i = 0; i < count && i < order.length - 1; i++) {
    const other = i + random.below(order.length - i)
    const kept = order[i]!
    order[i] = order[other]!
    order[other] = kept
  }
}
