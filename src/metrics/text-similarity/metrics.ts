/**
 * The metrics of text similarity by name.
 * @module
 */
import { fuzzyMatch, rougeLongest, rougeN, sentenceBleu, sentenceGleu, sentenceMeteor } from './sentence-scores.ts'

export const TEXT_SIMILARITY_METRICS = [
  'fuzzy_match',
  'bleu',
  'gleu',
  'meteor',
  'rouge_1',
  'rouge_2',
  'rouge_3',
  'rouge_4',
  'rouge_5',
  'rouge_l',
] as const

export type TextSimilarityMetric = (typeof TEXT_SIMILARITY_METRICS)[number]

interface Definition {
  /** The implementation and its choices, as reports name them. */
  readonly variant: string
  readonly score: (input: string, reference: string) => number
}

const rouge = (order: number): Definition => ({
  variant: 'rouge_score-f1',
  score: (input, reference) => rougeN(input, reference, order),
})

const DEFINITIONS: Readonly<Record<TextSimilarityMetric, Definition>> = {
  fuzzy_match: { variant: 'rapidfuzz-ratio', score: fuzzyMatch },
  bleu: { variant: 'sacrebleu-13a-exp-sentence', score: sentenceBleu },
  gleu: { variant: 'nltk-13a-sentence', score: sentenceGleu },
  meteor: { variant: 'METEOR_noparaphrase:exact_stem', score: sentenceMeteor },
  rouge_1: rouge(1),
  rouge_2: rouge(2),
  rouge_3: rouge(3),
  rouge_4: rouge(4),
  rouge_5: rouge(5),
  rouge_l: { variant: 'rouge_score-f1', score: rougeLongest },
}

export const variantOf = (metric: TextSimilarityMetric): string => DEFINITIONS[metric].variant

/**
 * @param input - the text that is judged
 * @returns a number in [0, 1]
 */
export function similarityOf(metric: TextSimilarityMetric, input: string, reference: string): number {
  return DEFINITIONS[metric].score(input, reference)
}
