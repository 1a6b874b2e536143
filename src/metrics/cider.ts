/**
 * CIDEr-D and CIDEr: tf-idf-weighted n-gram consensus with the references, n = 1..4.
 *
 * Vedantam et al., "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015; salaniz/pycocoevalcap
 * @ad63453 `cider/cider_scorer.py` and vrama91/cider @f281464. COCO's "CIDEr" is `CIDEr-D`. Quirks kept: raw
 * counts as term frequency, caption length in *bigrams*, an order without n-grams counts as 0, results times
 * 10.
 * @module
 */
import { exp, log } from '../statistics/elementary.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { type CorpusNgrams, NGRAM_ORDERS, numberNgrams } from './corpus-ngrams.ts'
import { type DocumentFrequencies, frequenciesOf, type NgramFrequencies } from './document-frequencies.ts'
import { numberTexts } from './numbered-texts.ts'

export type CiderVariant = 'CIDEr-D' | 'CIDEr'

export const ciderMetric: MetricDescriptor = {
  name: 'CIDEr',
  variants: ['CIDEr-D', 'CIDEr-D/planned-frequencies', 'CIDEr'],
  direction: 'higher_is_better',
  range: [0, 10],
  unit: 'score',
  source: {
    paper: 'Vedantam et al., CVPR 2015',
    code: 'salaniz/pycocoevalcap @ad63453 cider/cider_scorer.py; vrama91/cider @f281464',
  },
}

/** Width of CIDEr-D's Gaussian penalty for a difference in length. */
const SIGMA = 6

/**
 * Scores one candidate, in [0, 10]. The corpus value is the mean over images.
 *
 * `CIDEr-D` clips a candidate's weight at the reference's and penalises a difference in length; `CIDEr` does
 * neither.
 * @param candidate - tokens joined by white space.
 * @param references - at least one, tokens joined by white space.
 * @param frequencies - of all reference sets that are scored together; a single document gives 0.
 */
export function cider(
  candidate: string,
  references: readonly string[],
  frequencies: DocumentFrequencies,
  variant: CiderVariant = 'CIDEr-D',
): number {
  const ngrams = numberNgrams(numberTexts([candidate, ...references]))
  return new CiderScorer(ngrams, frequenciesOf(ngrams, frequencies), variant).score(0, references.length + 1)
}

/** Scores the images of a corpus with numbered n-grams. */
export class CiderScorer {
  readonly #ngrams: CorpusNgrams
  readonly #isClipped: boolean
  /** ln N - ln max(1, df) of each n-gram. */
  readonly #idf: Float64Array
  /** Zeros between texts. */
  readonly #counts: Int32Array
  /** Weights of the current reference, by n-gram. Zeros between references. */
  readonly #dense: Float64Array
  /** Distinct n-grams of the current order in the candidate, by first occurrence, and their weights. */
  #candidate = new Uint32Array(64)
  #weights = new Float64Array(64)

  constructor(ngrams: CorpusNgrams, frequencies: NgramFrequencies, variant: CiderVariant) {
    const count = ngrams.orders[NGRAM_ORDERS]!
    this.#ngrams = ngrams
    this.#isClipped = variant === 'CIDEr-D'
    this.#idf = inverseFrequencies(frequencies)
    this.#counts = new Int32Array(count)
    this.#dense = new Float64Array(count)
  }

  /** @param candidate - index of the candidate's text; its references follow, up to `end`, exclusive. */
  score(candidate: number, end: number): number {
    const references = end - candidate - 1
    if (references < 1) throw new RangeError('CIDEr needs at least one reference')
    let sum = 0
    for (let k = 0; k < NGRAM_ORDERS; k++) sum += this.#similarities(k, candidate, end)
    return (sum / NGRAM_ORDERS / references) * 10
  }

  /** Sum over the references of the penalized cosine of n-grams of one order. */
  #similarities(k: number, candidate: number, end: number): number {
    const { ids, texts } = this.#ngrams
    const { starts } = texts
    const own = ids[k]!
    const length = starts[candidate + 1]! - starts[candidate]!
    const distinct = this.#distinct(own, starts[candidate]!, starts[candidate + 1]! - k)
    const candidates = this.#candidate
    const weights = this.#weights
    const dense = this.#dense
    let squares = 0
    for (let i = 0; i < distinct; i++) squares += weights[i]! * weights[i]!
    const norm = Math.sqrt(squares)
    let sum = 0
    for (let reference = candidate + 1; reference < end; reference++) {
      const from = starts[reference]!
      const to = starts[reference + 1]! - k
      const otherNorm = this.#weigh(own, from, to)
      let value = 0
      for (let i = 0; i < distinct; i++) {
        const weight = dense[candidates[i]!]!
        value += (this.#isClipped ? Math.min(weights[i]!, weight) : weights[i]!) * weight
      }
      for (let i = from; i < to; i++) dense[own[i]!] = 0
      if (norm !== 0 && otherNorm !== 0) value /= norm * otherNorm
      sum += this.#isClipped ? value * penalty(bigrams(length) - bigrams(starts[reference + 1]! - from)) : value
    }
    return sum
  }

  /** Lists the distinct n-grams between two positions with their weights; returns their number. */
  #distinct(own: Uint32Array, from: number, to: number): number {
    if (to - from > this.#candidate.length) {
      this.#candidate = new Uint32Array(2 * (to - from))
      this.#weights = new Float64Array(2 * (to - from))
    }
    const counts = this.#counts
    let distinct = 0
    for (let i = from; i < to; i++) if (++counts[own[i]!]! === 1) this.#candidate[distinct++] = own[i]!
    for (let i = 0; i < distinct; i++) {
      const id = this.#candidate[i]!
      this.#weights[i] = counts[id]! * this.#idf[id]!
      counts[id] = 0
    }
    return distinct
  }

  /** Writes the weights of a reference's n-grams; returns their Euclidean norm. */
  #weigh(own: Uint32Array, from: number, to: number): number {
    const counts = this.#counts
    const dense = this.#dense
    const idf = this.#idf
    for (let i = from; i < to; i++) counts[own[i]!]!++
    let squares = 0
    for (let i = from; i < to; i++) {
      const id = own[i]!
      const count = counts[id]!
      if (count === 0) continue
      counts[id] = 0
      const weight = count * idf[id]!
      dense[id] = weight
      squares += weight * weight
    }
    return Math.sqrt(squares)
  }
}

function inverseFrequencies({ documents, counts }: NgramFrequencies): Float64Array {
  const logDocuments = logOfCount(documents)
  const idf = new Float64Array(counts.length)
  for (let id = 0; id < idf.length; id++) idf[id] = logDocuments - logOfCount(Math.max(1, counts[id]!))
  return idf
}

function bigrams(words: number): number {
  return Math.max(0, words - 1)
}

/** CIDEr-D's penalty for a difference in length. */
function penalty(delta: number): number {
  const distance = Math.abs(delta)
  if (distance >= PENALTIES.length) return exp(-(delta * delta) / (2 * SIGMA * SIGMA))
  return PENALTIES[distance]!
}

/** Cached by difference: captions are short. */
const PENALTIES = Float64Array.from({ length: 64 }, (_, distance) => exp(-(distance * distance) / (2 * SIGMA * SIGMA)))

const logs: number[] = []

function logOfCount(count: number): number {
  return (logs[count] ??= log(count))
}
