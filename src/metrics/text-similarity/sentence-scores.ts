/**
 * Similarity of two texts, in [0, 1]: the metrics of OpenAI's grader `text_similarity`, which names them
 * without a definition. Each follows the implementation that its comment names
 * (docs/graders.md#text_similarity); `test/golden/text-similarity` has their numbers.
 * @module
 */
import { exp, log } from '../../statistics/elementary.ts'
import { meteorOf, meteorStatistics } from '../meteor.ts'
import { tokenizeCaptions } from '../ptb-tokenizer.ts'
import { commonSubsequence } from './common-subsequence.ts'
import { mtevalTokens } from './mteval-tokens.ts'
import { countNgrams } from './ngrams.ts'

const BLEU_ORDERS = 4

/** rapidfuzz 3.14.6 `fuzz.ratio` / 100: 2·LCS / (|a| + |b|) in code points, without preprocessing. */
export function fuzzyMatch(input: string, reference: string): number {
  const [a, b] = [codePoints(input), codePoints(reference)]
  const total = a.length + b.length
  return total === 0 ? 1 : (2 * commonSubsequence(a, b)) / total
}

/**
 * sacrebleu 2.6.0 `sentence_bleu` / 100: tokens `13a`, exponential smoothing, the orders that the input has.
 */
export function sentenceBleu(input: string, reference: string): number {
  const [candidate, words] = [mtevalTokens(input), mtevalTokens(reference)]
  if (candidate.length === 0) return 0
  const counts = Array.from({ length: BLEU_ORDERS }, (_, index) => countNgrams(candidate, words, index + 1)).filter(
    ({ candidate: total }) => total > 0,
  )
  if (counts.every(({ common }) => common === 0)) return 0
  let smoothing = 1
  let sum = 0
  for (const { common, candidate: total } of counts) {
    if (common === 0) smoothing *= 2
    sum += log(common === 0 ? 1 / (smoothing * total) : common / total)
  }
  const brevity = candidate.length < words.length ? 1 - words.length / candidate.length : 0
  return Math.min(1, exp(brevity + sum / counts.length))
}

/** nltk 3.10.4 `sentence_gleu` of orders 1 to 4 over tokens `13a`: the smaller of precision and recall. */
export function sentenceGleu(input: string, reference: string): number {
  const [candidate, words] = [mtevalTokens(input), mtevalTokens(reference)]
  let [common, ours, theirs] = [0, 0, 0]
  for (let order = 1; order <= BLEU_ORDERS; order++) {
    const counts = countNgrams(candidate, words, order)
    common += counts.common
    ours += counts.candidate
    theirs += counts.reference
  }
  const all = Math.max(ours, theirs)
  return all === 0 ? 0 : common / all
}

/** METEOR 1.5, exact and stem, as `metrics/meteor.ts` has it. */
export function sentenceMeteor(input: string, reference: string): number {
  const [candidate, words] = tokenizeCaptions([input, reference])
  return Math.min(1, meteorOf(meteorStatistics(candidate!, [words!], { modules: ['exact', 'stem'] })))
}

/** google-research/rouge `rouge_score` 0.1.2: F1 of n-grams, without stemming. @param order - 1 to 5 */
export function rougeN(input: string, reference: string, order: number): number {
  const { common, candidate, reference: wanted } = countNgrams(rougeTokens(input), rougeTokens(reference), order)
  return fMeasure(common, candidate, wanted)
}

/** The same of the longest common subsequence of words, over the text as one sentence. */
export function rougeLongest(input: string, reference: string): number {
  const [candidate, words] = [rougeTokens(input), rougeTokens(reference)]
  const numbers = new Map<string, number>()
  const numberOf = (word: string): number => {
    const number = numbers.get(word) ?? numbers.size
    numbers.set(word, number)
    return number
  }
  return fMeasure(commonSubsequence(candidate.map(numberOf), words.map(numberOf)), candidate.length, words.length)
}

function fMeasure(common: number, candidate: number, reference: number): number {
  const [precision, recall] = [common / Math.max(candidate, 1), common / Math.max(reference, 1)]
  return common === 0 ? 0 : (2 * precision * recall) / (precision + recall)
}

/** Runs of a–z and 0–9 after lower casing: a text without any scores 0. */
const rougeTokens = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? []

const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!)
