/**
 * False-positive rates at 5 % when the two systems are exchangeable, and coverage of the paired interval.
 * @module
 */
import { clusterSignFlip } from '../../src/statistics/cluster-sign-flip.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { bonettPrice, mcnemarMidP } from '../../src/statistics/mcnemar.ts'
import { swapDifferenceOfSums, systemSwap } from '../../src/statistics/system-swap.ts'
import { wilcoxonSignedRank } from '../../src/statistics/wilcoxon.ts'
import { within } from './cell.ts'
import type { Cell } from './cell.ts'
import { POPULATIONS, uniform } from './populations.ts'

const SEED = 20261124
const LEVEL = 0.95
const LABELLINGS = 999

export function* testCells(replicates: number): Generator<Cell> {
  for (const n of [50, 200, 1000])
    yield falsePositives('McNemar mid-p', '20 % discordant', `n = ${n}`, replicates, (random) => {
      const { down, up } = discordantPairs(n, 0.1, 0.1, random)
      return mcnemarMidP(down, up)
    })
  const clustered = POPULATIONS.find(({ name }) => name.startsWith('VQA-like, '))!
  for (const clusters of [15, 40, 200])
    yield falsePositives('Cluster sign-flip', clustered.name, `G = ${clusters}`, replicates, (random, replicate) => {
      const differences = Float64Array.from({ length: clusters }, () => {
        const difference = sum(clustered.draw(random)) - sum(clustered.draw(random)) / 2 - 1
        return random.below(2) === 1 ? difference : -difference
      })
      return clusterSignFlip(differences, { seed: replicate, key: 'null', replicates: LABELLINGS }).p
    })
  yield falsePositives('System swap', 'ratio of sums (corpus precision)', 'G = 40', replicates, (random, replicate) => {
    const [first, second] = [new Float64Array(80), new Float64Array(80)]
    for (let g = 0; g < 40; g++) {
      const systems = [first, second]
      const good = random.below(2)
      systems.forEach((rows, system) => {
        rows[2 * g + 1] = 5 + random.below(10)
        rows[2 * g] = random.below(rows[2 * g + 1]! + 1) / (system === good ? 1 : 2)
      })
    }
    const swap = swapDifferenceOfSums(first, second, 2, (sums) => sums[0]! / sums[1]!)
    return systemSwap({ ...swap, seed: replicate, key: 'null', replicates: LABELLINGS }).p
  })
  for (const n of [20, 400])
    yield falsePositives('Wilcoxon, Pratt', 'ties and a quarter zeros', `n = ${n}`, replicates, (random) => {
      const differences = Float64Array.from({ length: n }, () => (random.below(4) === 0 ? 0 : random.below(9) - 4))
      return wilcoxonSignedRank(differences).p
    })
  for (const n of [30, 100, 1000]) {
    const random = new CounterRandom(SEED, `bonett-price/${n}`)
    let covered = 0
    for (let replicate = 0; replicate < replicates; replicate++) {
      const { down, up } = discordantPairs(n, 0.08, 0.14, random.startReplicate(replicate))
      const { low, high } = bonettPrice(down, up, n, LEVEL)!
      if (low <= 0.06 && 0.06 <= high) covered++
    }
    yield {
      study: 'Bonett–Price',
      what: 'difference .06 of paired proportions',
      size: `n = ${n}`,
      rate: covered / replicates,
      trials: replicates,
    }
  }
}

function falsePositives(
  study: string,
  what: string,
  size: string,
  replicates: number,
  pValue: (random: CounterRandom, replicate: number) => number,
): Cell {
  const random = new CounterRandom(SEED, `null/${study}/${size}`)
  let alarms = 0
  for (let replicate = 0; replicate < replicates; replicate++)
    if (pValue(random.startReplicate(replicate), replicate) <= 1 - LEVEL) alarms++
  const rate = alarms / replicates
  return { study: `${study}, false alarms`, what, size, rate, trials: replicates, gate: within(rate, 0, 0.0565, replicates) }
}

function discordantPairs(n: number, downShare: number, upShare: number, random: CounterRandom): { down: number; up: number } {
  let down = 0
  let up = 0
  for (let i = 0; i < n; i++) {
    const u = uniform(random)
    if (u < downShare) down++
    else if (u < downShare + upShare) up++
  }
  return { down, up }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
