/**
 * Wilcoxon's signed-rank test, on request only: it tests a shift of symmetric differences, not a difference
 * in means.
 * @module
 */
import { midranks } from './ranks.ts'
import { normalCdf } from './special-functions.ts'

/** Up to this many non-zero differences, convolution enumerates the permutation distribution. */
const EXACT_WILCOXON_PAIRS = 200

export interface WilcoxonResult {
  /** Two-sided, in (0, 1]. */
  readonly p: number
  /** Sum of the ranks of positive differences. */
  readonly positiveRanks: number
  /** Differences that are not zero. */
  readonly nonZero: number
  /** Exact permutation distribution of the observed (mid)ranks; otherwise normal with its exact variance. */
  readonly isExact: boolean
}

/**
 * Zeros are ranked with the others and then left out (Pratt 1959). The null distribution is that of the
 * observed midranks under independent fair signs, so ties need no correction. Beyond {@link
 * EXACT_WILCOXON_PAIRS} differences it is approximated as normal.
 * @param differences treatment − baseline, independent; finite.
 * @throws {RangeError} for a difference that is not finite.
 */
export function wilcoxonSignedRank(differences: ArrayLike<number>): WilcoxonResult {
  const values = Float64Array.from(differences)
  if (values.some((value) => !Number.isFinite(value))) throw new RangeError('a difference is not finite')
  const ranks = midranks(values.map(Math.abs))
  const kept = ranks.filter((_, i) => values[i] !== 0)
  let positiveRanks = 0
  values.forEach((value, i) => {
    if (value > 0) positiveRanks += ranks[i]!
  })
  const isExact = kept.length <= EXACT_WILCOXON_PAIRS
  const p = isExact ? exactTail(kept, positiveRanks) : normalTail(kept, positiveRanks)
  return { p, positiveRanks, nonZero: kept.length, isExact }
}

/** P(|W − E W| ≥ |w − E W|). Twice a midrank is an integer, so the distribution is over integers. */
function exactTail(ranks: Float64Array, positiveRanks: number): number {
  const doubled = Uint32Array.from(ranks, (rank) => 2 * rank)
  const total = doubled.reduce((sum, rank) => sum + rank, 0)
  const probabilities = new Float64Array(total + 1)
  probabilities[0] = 1
  let reach = 0
  for (const rank of doubled) {
    // Downwards, so that no entry counts this rank twice.
    for (let sum = reach; sum >= 0; sum--) {
      const half = probabilities[sum]! / 2
      probabilities[sum] = half
      probabilities[sum + rank]! += half
    }
    reach += rank
  }
  const distance = Math.abs(4 * positiveRanks - total)
  let tail = 0
  for (let sum = 0; sum <= total; sum++) if (Math.abs(2 * sum - total) >= distance) tail += probabilities[sum]!
  return Math.min(1, tail)
}

function normalTail(ranks: Float64Array, positiveRanks: number): number {
  let total = 0
  let squares = 0
  for (const rank of ranks) {
    total += rank
    squares += rank * rank
  }
  const z = (positiveRanks - total / 2) / Math.sqrt(squares / 4)
  return Math.min(1, 2 * normalCdf(-Math.abs(z)))
}
