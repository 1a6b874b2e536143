/**
 * CIDEr-D and CIDEr: tf-idf-weighted n-gram consensus with the references, n = 1..4.
 *
 * Vedantam et al., "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015; salaniz/pycocoevalcap @ad63453
 * `cider/cider_scorer.py` and vrama91/cider @f281464. What COCO reports as "CIDEr" is `CIDEr-D`. Kept: raw counts as term frequency,
 * caption length counted in *bigrams*, an order without n-grams counts as 0, results times 10.
 * @module
 */
import { exp, log } from '../statistics/elementary.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { type DocumentFrequencies, NGRAM_ORDERS } from './document-frequencies.ts'
import { splitWhitespace } from './python-semantics.ts'

export type CiderVariant = 'CIDEr-D' | 'CIDEr'

export const ciderMetric: MetricDescriptor = {
  name: 'CIDEr',
  variants: ['CIDEr-D', 'CIDEr'],
  direction: 'higher_is_better',
  range: [0, 10],
  unit: 'score',
  source: {
    paper: 'Vedantam et al., CVPR 2015',
    code: 'salaniz/pycocoevalcap @ad63453 cider/cider_scorer.py; vrama91/cider @f281464',
  },
}

/** Width of CIDEr-D's Gaussian penalty on the difference in length. */
const SIGMA = 6

/**
 * Scores one candidate, in [0, 10]. The corpus value is the mean over the images.
 *
 * `CIDEr-D` clips a candidate's weight at the reference's and penalises a difference in length; `CIDEr` does neither.
 * @param candidate - tokens joined by white space.
 * @param references - at least one, likewise.
 * @param frequencies - of all reference sets that are scored together; one document alone gives 0.
 */
export function cider(
  candidate: string,
  references: readonly string[],
  frequencies: DocumentFrequencies,
  variant: CiderVariant = 'CIDEr-D',
): number {
  if (references.length === 0) throw new RangeError('CIDEr needs at least one reference')
  const ngrams = new NgramIds()
  const hypothesis = weigh(candidate, ngrams, frequencies)
  const sums = new Float64Array(NGRAM_ORDERS)
  for (const reference of references) {
    const similarities = similarityOf(hypothesis, weigh(reference, ngrams, frequencies), variant)
    for (let k = 0; k < NGRAM_ORDERS; k++) sums[k]! += similarities[k]!
  }
  const mean = (sums[0]! + sums[1]! + sums[2]! + sums[3]!) / NGRAM_ORDERS
  return (mean / references.length) * 10
}

/** One order of a text's tf-idf vector: distinct n-grams in order of first occurrence. */
interface WeightedNgrams {
  readonly ids: number[]
  readonly weights: number[]
  /** Euclidean. */
  readonly norm: number
}

interface WeightedText {
  readonly orders: readonly WeightedNgrams[]
  /** In bigrams. */
  readonly length: number
}

function weigh(text: string, ngrams: NgramIds, frequencies: DocumentFrequencies): WeightedText {
  const words = splitWhitespace(text)
  const logDocuments = logOfCount(frequencies.documents)
  const found = frequencies.frequenciesOf(words)
  const wordIds = words.map((word) => ngrams.word(word))
  let prefixes = wordIds.map(() => -1)
  const orders = found.map((frequency, k): WeightedNgrams => {
    const counts = new Map<number, number>()
    const idf: number[] = []
    prefixes = Array.from(frequency, (documents, i) => {
      const id = ngrams.extend(prefixes[i]!, wordIds[i + k]!)
      const count = counts.get(id)
      if (count === undefined) idf.push(logDocuments - logOfCount(Math.max(1, documents)))
      counts.set(id, (count ?? 0) + 1)
      return id
    })
    const ids = [...counts.keys()]
    const weights = ids.map((id, i) => counts.get(id)! * idf[i]!)
    return { ids, weights, norm: Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0)) }
  })
  return { orders, length: Math.max(0, words.length - 1) }
}

/** Cosine-like similarity of each order. */
function similarityOf(hypothesis: WeightedText, reference: WeightedText, variant: CiderVariant): number[] {
  const delta = hypothesis.length - reference.length
  const penalty = variant === 'CIDEr-D' ? exp(-(delta * delta) / (2 * SIGMA * SIGMA)) : 1
  return hypothesis.orders.map(({ ids, weights, norm }, k) => {
    const other = reference.orders[k]!
    const otherWeights = new Map(other.ids.map((id, i) => [id, other.weights[i]!]))
    let value = 0
    ids.forEach((id, i) => {
      const weight = otherWeights.get(id)
      if (weight !== undefined) value += (variant === 'CIDEr-D' ? Math.min(weights[i]!, weight) : weights[i]!) * weight
    })
    if (norm !== 0 && other.norm !== 0) value /= norm * other.norm
    return value * penalty
  })
}

/** Small integers for the n-grams of one image: an n-gram is its first n-1 words, as an id, and its last word. */
class NgramIds {
  readonly #words = new Map<string, number>()
  readonly #ngrams = new Map<number, number>()

  word(word: string): number {
    let id = this.#words.get(word)
    if (id === undefined) this.#words.set(word, (id = this.#words.size))
    return id
  }

  extend(prefix: number, word: number): number {
    const key = (prefix + 1) * 2 ** 26 + word
    let id = this.#ngrams.get(key)
    if (id === undefined) this.#ngrams.set(key, (id = this.#ngrams.size))
    return id
  }
}

const logs: number[] = []

function logOfCount(count: number): number {
  return (logs[count] ??= log(count))
}
