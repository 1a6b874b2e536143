/**
 * Paired test of a mean over items in clusters: if neither system is better, both signs of a cluster's summed
 * difference are equally likely.
 * @module
 */
import { CounterRandom } from './counter-random.ts'
import { RANDOMIZATION_REPLICATES, TIE_TOLERANCE, requireReplicates } from './randomization.ts'
import type { RandomizationOptions, RandomizationResult } from './randomization.ts'

/** Up to this many differing clusters, all 2^G signs are enumerated. */
const EXACT_SIGN_FLIP_CLUSTERS = 20

/**
 * Two-sided cluster sign-flip test of Σ_g d_g = 0. p = (b + 1)/(B + 1) from B random sign vectors; exact for
 * at most {@link EXACT_SIGN_FLIP_CLUSTERS} clusters with a difference other than zero.
 * @param differences d_g: treatment − baseline summed over the cluster's items; clusters ascending. Finite.
 * @throws {RangeError} for a difference that is not finite or an invalid option.
 */
export function clusterSignFlip(differences: ArrayLike<number>, options: RandomizationOptions): RandomizationResult {
  const { replicates = RANDOMIZATION_REPLICATES } = options
  requireReplicates(replicates)
  // The sign of a zero difference changes nothing.
  const moving = Float64Array.from(differences).filter((difference) => difference !== 0)
  let observed = 0
  let greatest = 0
  for (const difference of moving) {
    if (!Number.isFinite(difference)) throw new RangeError(`a cluster's difference is ${difference}`)
    observed += difference
    greatest += Math.abs(difference)
  }
  const threshold = Math.abs(observed) - TIE_TOLERANCE * greatest
  const sums = signedSumsByByte(moving)
  return moving.length <= EXACT_SIGN_FLIP_CLUSTERS
    ? enumerate(sums, moving.length, threshold)
    : sample(sums, threshold, replicates, new CounterRandom(options.seed, options.key))
}

/**
 * Entry 256 g + byte: Σ ± d over the g-th group of eight clusters, + where the byte's bit is set. A labelling
 * then costs one addition per eight clusters.
 */
function signedSumsByByte(differences: Float64Array): Float64Array {
  const groups = Math.ceil(differences.length / 8)
  const table = new Float64Array(256 * groups)
  for (let group = 0; group < groups; group++) {
    const eight = differences.subarray(8 * group, 8 * group + 8)
    for (let byte = 0; byte < 256; byte++) {
      let sum = 0
      for (let bit = 0; bit < eight.length; bit++) sum += byte & (1 << bit) ? eight[bit]! : -eight[bit]!
      table[256 * group + byte] = sum
    }
  }
  return table
}

function enumerate(sums: Float64Array, clusters: number, threshold: number): RandomizationResult {
  const labellings = 2 ** clusters
  let extreme = 0
  for (let code = 0; code < labellings; code++) {
    let sum = 0
    for (let at = 0, rest = code; at < sums.length; at += 256, rest >>>= 8) sum += sums[at + (rest & 255)]!
    if (Math.abs(sum) >= threshold) extreme++
  }
  return { p: extreme / labellings, isExact: true, replicates: labellings }
}

function sample(sums: Float64Array, threshold: number, replicates: number, random: CounterRandom): RandomizationResult {
  let extreme = 0
  for (let replicate = 0; replicate < replicates; replicate++) {
    random.startReplicate(replicate)
    let sum = 0
    let word = 0
    for (let at = 0, left = 0; at < sums.length; at += 256, left--) {
      if (left === 0) {
        word = random.uint32()
        left = 4
      }
      sum += sums[at + (word & 255)]!
      word >>>= 8
    }
    if (Math.abs(sum) >= threshold) extreme++
  }
  return { p: (extreme + 1) / (replicates + 1), isExact: false, replicates }
}
