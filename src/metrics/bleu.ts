/**
 * BLEU-1..4 of the COCO caption evaluation: counts clipped by the best reference, the closest reference
 * length, and Chiang's smoothing constants.
 *
 * Papineni et al., ACL 2002; salaniz/pycocoevalcap @ad63453 `bleu/bleu_scorer.py`. Corpus BLEU comes from
 * summed statistics; it is *not* the mean of the images' BLEU.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'
import { roundedExp, roundedFourthRoot, roundedPowThird } from './rounded-exponential.ts'
import { type CorpusNgrams, NGRAM_ORDERS as ORDERS, numberNgrams } from './corpus-ngrams.ts'
import { numberTexts } from './numbered-texts.ts'

export const bleuMetric: MetricDescriptor = {
  name: 'BLEU',
  variants: ['coco-caption/Bleu_1', 'coco-caption/Bleu_2', 'coco-caption/Bleu_3', 'coco-caption/Bleu_4'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Papineni et al., ACL 2002', code: 'salaniz/pycocoevalcap @ad63453 bleu/bleu_scorer.py' },
}

/** Smoothing of numerators and lengths. */
const TINY = 1e-15
/** Smoothing of denominators. */
const SMALL = 1e-9

/** Sufficient statistics of one or more segments. All are counts, and they add. */
export interface BleuStatistics {
  /** Candidate tokens. */
  readonly testlen: number
  /** Tokens of the reference closest in length; in a tie, of the shorter one. */
  readonly reflen: number
  /** Candidate n-grams, n = 1..4. */
  readonly guess: readonly number[]
  /** Matched candidate n-grams, clipped at the largest count in any reference. */
  readonly correct: readonly number[]
}

/** Length of {@link encodeBleu}'s vector. */
export const BLEU_WIDTH = 2 + 2 * ORDERS

/** Fixed-width row: testlen, reflen, guess 1..4, correct 1..4. */
export function encodeBleu({ testlen, reflen, guess, correct }: BleuStatistics): number[] {
  return [testlen, reflen, ...guess, ...correct]
}

/** The inverse of {@link encodeBleu}. */
export function decodeBleu(row: readonly number[]): BleuStatistics {
  return { testlen: row[0]!, reflen: row[1]!, guess: row.slice(2, 2 + ORDERS), correct: row.slice(2 + ORDERS, BLEU_WIDTH) }
}

/**
 * The worst and the best segments of the given lengths, as rows: nothing matched, everything matched. An
 * empty candidate counts as one of the reference's length, since it says nothing about other lengths.
 * @param row - from {@link encodeBleu}; need not be counts.
 */
export function unseenBleu(row: ArrayLike<number>): { worst: number[]; best: number[] } {
  const [test, reference] = row as ArrayLike<number> & [number, number]
  const lengths =
    test > 0
      ? Array.from(row).slice(0, 2 + ORDERS)
      : [reference, reference, ...Array.from({ length: ORDERS }, (_, order) => Math.max(0, reference - order))]
  return { worst: [...lengths, ...lengths.slice(2).fill(0)], best: [...lengths, ...lengths.slice(2)] }
}

/**
 * Statistics of one segment.
 * @param candidate - tokens joined by white space.
 * @param references - at least one, tokens joined by white space.
 */
export function bleuStatistics(candidate: string, references: readonly string[]): BleuStatistics {
  return new BleuCounter(numberNgrams(numberTexts([candidate, ...references]))).segment(0, references.length + 1)
}

/** Counts the segments of a corpus with numbered n-grams. */
export class BleuCounter {
  readonly #ngrams: CorpusNgrams
  /** Per n-gram, its largest count in any reference. Zeros between segments. */
  readonly #most: Int32Array
  /** Zeros between texts. */
  readonly #counts: Int32Array

  constructor(ngrams: CorpusNgrams) {
    this.#ngrams = ngrams
    this.#most = new Int32Array(ngrams.orders[ORDERS]!)
    this.#counts = new Int32Array(ngrams.orders[ORDERS]!)
  }

  /** @param candidate - index of the candidate's text; its references follow, up to `end`, exclusive. */
  segment(candidate: number, end: number): BleuStatistics {
    if (end - candidate < 2) throw new RangeError('BLEU needs at least one reference')
    const { starts } = this.#ngrams.texts
    const testlen = starts[candidate + 1]! - starts[candidate]!
    let reflen = 0
    let closest = Infinity
    for (let reference = candidate + 1; reference < end; reference++) {
      const length = starts[reference + 1]! - starts[reference]!
      const distance = Math.abs(length - testlen)
      if (distance < closest || (distance === closest && length < reflen)) {
        closest = distance
        reflen = length
      }
    }
    const guess = [0, 0, 0, 0]
    const correct = [0, 0, 0, 0]
    for (let k = 0; k < ORDERS; k++) {
      guess[k] = Math.max(0, testlen - k)
      correct[k] = this.#matched(k, candidate, end)
    }
    return { testlen, reflen, guess, correct }
  }

  /** Candidate n-grams of one order, clipped at the largest count in any reference. */
  #matched(k: number, candidate: number, end: number): number {
    const { texts, ids } = this.#ngrams
    const { starts } = texts
    const own = ids[k]!
    const most = this.#most
    const counts = this.#counts
    for (let reference = candidate + 1; reference < end; reference++) {
      const from = starts[reference]!
      const to = starts[reference + 1]! - k
      for (let i = from; i < to; i++) {
        const id = own[i]!
        const count = ++counts[id]!
        if (count > most[id]!) most[id] = count
      }
      for (let i = from; i < to; i++) counts[own[i]!] = 0
    }
    const from = starts[candidate]!
    const to = starts[candidate + 1]! - k
    let matched = 0
    for (let i = from; i < to; i++) {
      const id = own[i]!
      if (++counts[id]! <= most[id]!) matched++
    }
    for (let i = from; i < to; i++) counts[own[i]!] = 0
    for (let i = starts[candidate + 1]!, last = starts[end]! - k; i < last; i++) most[own[i]!] = 0
    return matched
  }
}

/** Adds segments in their order. */
export function sumBleu(segments: Iterable<BleuStatistics>): BleuStatistics {
  const total = { testlen: 0, reflen: 0, guess: [0, 0, 0, 0], correct: [0, 0, 0, 0] }
  for (const { testlen, reflen, guess, correct } of segments) {
    total.testlen += testlen
    total.reflen += reflen
    for (let k = 0; k < ORDERS; k++) {
      total.guess[k]! += guess[k]!
      total.correct[k]! += correct[k]!
    }
  }
  return total
}

/**
 * BLEU-1..4 in [0, 1] of summed statistics (a corpus) or of one segment. Never exactly 0 or 1, except by
 * underflow.
 */
export function bleuOf({ testlen, reflen, guess, correct }: BleuStatistics): [number, number, number, number] {
  const penalty = brevityPenalty(testlen, reflen)
  let product = 1
  const scores = ROOTS.map((root, k) => {
    product *= (correct[k]! + TINY) / (guess[k]! + SMALL)
    return root(product) * penalty
  })
  return scores as [number, number, number, number]
}

/** `x ** (1 / n)`, n = 1..4, equal to Python's to the last bit. */
const ROOTS: readonly ((x: number) => number)[] = [(x) => x, Math.sqrt, roundedPowThird, roundedFourthRoot]

function brevityPenalty(testlen: number, reflen: number): number {
  const ratio = (testlen + TINY) / (reflen + SMALL)
  if (ratio >= 1) return 1
  // Weighted sums are not whole numbers, so the table does not contain them.
  if (reflen >= MEMOIZED_LENGTH || !Number.isInteger(reflen) || !Number.isInteger(testlen)) return roundedExp(1 - 1 / ratio)
  return (penalties[testlen * MEMOIZED_LENGTH + reflen] ??= roundedExp(1 - 1 / ratio))
}

/** Captions are short: a dataset has a few hundred pairs of lengths. */
const MEMOIZED_LENGTH = 64
const penalties: number[] = []
