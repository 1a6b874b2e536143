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
import type { DocumentFrequencies } from './document-frequencies.ts'
import { NGRAM_ORDERS, type SegmentNgrams, segmentNgrams } from './segment-ngrams.ts'

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
 * @param ngrams - of the same texts, if they are at hand.
 */
export function cider(
  candidate: string,
  references: readonly string[],
  frequencies: DocumentFrequencies,
  variant: CiderVariant = 'CIDEr-D',
  ngrams: SegmentNgrams = segmentNgrams(candidate, references),
): number {
  if (references.length === 0) throw new RangeError('CIDEr needs at least one reference')
  const idf = inverseFrequencies(ngrams, frequencies)
  const counts = new Int32Array(idf.length)
  const hypothesis = ngrams.ids[0]!.map((ids) => weigh(ids, idf, counts))
  /** The weights of the reference at hand, by n-gram. */
  const dense = new Float64Array(idf.length)
  const sums = new Float64Array(NGRAM_ORDERS)
  for (let reference = 1; reference <= references.length; reference++) {
    const delta = bigrams(ngrams.lengths[0]!) - bigrams(ngrams.lengths[reference]!)
    const penalty = variant === 'CIDEr-D' ? exp(-(delta * delta) / (2 * SIGMA * SIGMA)) : 1
    for (let k = 0; k < NGRAM_ORDERS; k++) {
      const { ids, weights, norm } = hypothesis[k]!
      const occurrences = ngrams.ids[reference]![k]!
      const otherNorm = weighInto(dense, occurrences, idf, counts)
      let value = 0
      for (let i = 0; i < ids.length; i++) {
        const weight = dense[ids[i]!]!
        value += (variant === 'CIDEr-D' ? Math.min(weights[i]!, weight) : weights[i]!) * weight
      }
      for (const id of occurrences) dense[id] = 0
      if (norm !== 0 && otherNorm !== 0) value /= norm * otherNorm
      sums[k]! += value * penalty
    }
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

/** @param counts - zeros, one an n-gram; zeros again afterwards. */
function weigh(occurrences: Int32Array, idf: Float64Array, counts: Int32Array): WeightedNgrams {
  const ids: number[] = []
  for (const id of occurrences) if (++counts[id]! === 1) ids.push(id)
  let squares = 0
  const weights = ids.map((id) => {
    const weight = counts[id]! * idf[id]!
    counts[id] = 0
    squares += weight * weight
    return weight
  })
  return { ids, weights, norm: Math.sqrt(squares) }
}

/** The same into a dense vector; returns the norm. */
function weighInto(dense: Float64Array, occurrences: Int32Array, idf: Float64Array, counts: Int32Array): number {
  for (const id of occurrences) counts[id]!++
  let squares = 0
  for (const id of occurrences) {
    const count = counts[id]!
    if (count === 0) continue
    counts[id] = 0
    const weight = count * idf[id]!
    dense[id] = weight
    squares += weight * weight
  }
  return Math.sqrt(squares)
}

/** ln N - ln max(1, df) of each n-gram. */
function inverseFrequencies({ order, prefix, word, words }: SegmentNgrams, frequencies: DocumentFrequencies): Float64Array {
  const logDocuments = logOfCount(frequencies.documents)
  const numbers = words.map((text) => frequencies.wordOf(text))
  const ranks = new Int32Array(order.length)
  const idf = new Float64Array(order.length)
  for (let id = 0; id < order.length; id++) {
    const rank = frequencies.extend(order[id]!, prefix[id]! < 0 ? 0 : ranks[prefix[id]!]!, numbers[word[id]!]!)
    ranks[id] = rank
    idf[id] = logDocuments - logOfCount(Math.max(1, frequencies.count(order[id]!, rank)))
  }
  return idf
}

function bigrams(words: number): number {
  return Math.max(0, words - 1)
}

const logs: number[] = []

function logOfCount(count: number): number {
  return (logs[count] ??= log(count))
}
