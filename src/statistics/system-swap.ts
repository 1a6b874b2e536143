/**
 * Paired test for corpus metrics, which are not means over items: exchanges the systems' outputs on random
 * clusters and recomputes the metric.
 *
 * Source: Noreen, "Computer-Intensive Methods for Testing Hypotheses" (1989), approximate randomization;
 * Riezler & Maxwell, "On some pitfalls in automatic evaluation and significance testing for MT" (2005).
 * @module
 */
import { CounterRandom } from './counter-random.ts'
import { RANDOMIZATION_REPLICATES, TIE_TOLERANCE, requireReplicates } from './randomization.ts'
import type { RandomizationOptions, RandomizationResult } from './randomization.ts'

export interface SystemSwapOptions extends RandomizationOptions {
  /** Number of clusters, G, by ascending cluster id. */
  readonly clusters: number
  /**
   * Treatment − baseline after exchanging the systems on clusters with `isSwapped[g] = 1`; finite. The array
   * is reused.
   */
  readonly difference: (isSwapped: Uint8Array) => number
}

/**
 * Two-sided; p = (b + 1)/(B + 1), or exact if there are at most B + 1 labellings.
 * @throws {RangeError} if a difference is not finite, or for an invalid option.
 */
export function systemSwap(options: SystemSwapOptions): RandomizationResult {
  const { clusters, replicates = RANDOMIZATION_REPLICATES } = options
  requireReplicates(replicates)
  const isSwapped = new Uint8Array(clusters)
  const evaluate = (): number => {
    const difference = options.difference(isSwapped)
    if (!Number.isFinite(difference)) throw new RangeError(`the difference after a swap is ${difference}`)
    return Math.abs(difference)
  }
  const observed = evaluate()
  const threshold = observed - TIE_TOLERANCE * observed
  const labellings = 2 ** clusters
  let extreme = 0
  if (labellings <= replicates + 1) {
    for (let code = 0; code < labellings; code++) {
      for (let g = 0; g < clusters; g++) isSwapped[g] = (code >>> g) & 1
      if (evaluate() >= threshold) extreme++
    }
    return { p: extreme / labellings, isExact: true, replicates: labellings }
  }
  const random = new CounterRandom(options.seed, options.key)
  for (let replicate = 0; replicate < replicates; replicate++) {
    random.startReplicate(replicate)
    for (let g = 0, word = 0; g < clusters; g++, word >>>= 1) {
      if (g % 32 === 0) word = random.uint32()
      isSwapped[g] = word & 1
    }
    if (evaluate() >= threshold) extreme++
  }
  return { p: (extreme + 1) / (replicates + 1), isExact: false, replicates }
}

/**
 * The `difference` of a metric that is a function of summed sufficient statistics.
 * @param baseline, treatment `width` Float64 per cluster, clusters ascending, the same clusters in both.
 * @param value the metric of `width` sums. The array of sums is reused.
 * @throws {RangeError} unless both have the same whole number of rows.
 */
export function swapDifferenceOfSums(
  baseline: Float64Array,
  treatment: Float64Array,
  width: number,
  value: (sums: Float64Array) => number,
): Pick<SystemSwapOptions, 'clusters' | 'difference'> {
  if (baseline.length !== treatment.length || baseline.length % width !== 0)
    throw new RangeError(`${baseline.length} and ${treatment.length} statistics are not the same clusters' rows of ${width}`)
  const clusters = baseline.length / width
  const first = new Float64Array(width)
  const second = new Float64Array(width)
  return {
    clusters,
    difference(isSwapped) {
      first.fill(0)
      second.fill(0)
      for (let g = 0, at = 0; g < clusters; g++) {
        const a = isSwapped[g] ? treatment : baseline
        const b = isSwapped[g] ? baseline : treatment
        for (let k = 0; k < width; k++, at++) {
          first[k]! += a[at]!
          second[k]! += b[at]!
        }
      }
      return value(second) - value(first)
    },
  }
}
