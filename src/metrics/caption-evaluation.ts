/**
 * The COCO caption evaluation over many images: tokenize all captions together, then score.
 * salaniz/pycocoevalcap @ad63453 `eval.py`.
 * @module
 */
import { mean } from './averages.ts'
import { BleuCounter, bleuOf, type BleuStatistics, sumBleu } from './bleu.ts'
import { CiderScorer, type CiderVariant } from './cider.ts'
import { numberNgrams } from './corpus-ngrams.ts'
import { type DocumentFrequencies, frequenciesOf, ownFrequencies } from './document-frequencies.ts'
import { type MeteorOptions, meteorOf, meteorStatistics, sumMeteor } from './meteor.ts'
import { numberTexts } from './numbered-texts.ts'
import { tokenizeCaptions } from './ptb-tokenizer.ts'
import { rougeL, RougeLScorer } from './rouge-l.ts'

/** One image (or clip): a generated caption and its human ones. */
export interface CaptionedItem {
  readonly id: string
  readonly candidate: string
  /** At least one. */
  readonly references: readonly string[]
}

export interface CaptionScores {
  readonly Bleu_1: number
  readonly Bleu_2: number
  readonly Bleu_3: number
  readonly Bleu_4: number
  readonly ROUGE_L: number
  /** CIDEr-D, as COCO names it. */
  readonly CIDEr: number
}

/**
 * PTB-tokenizes candidates as one text and references as another, in item order, like the official code.
 * @returns the items with tokenized captions.
 */
export function tokenizeItems(items: readonly CaptionedItem[]): CaptionedItem[] {
  const candidates = tokenizeCaptions(items.map(({ candidate }) => candidate))
  const references = tokenizeCaptions(items.flatMap((item) => item.references))
  let from = 0
  return items.map((item, index) => {
    const own = references.slice(from, (from += item.references.length))
    return { id: item.id, candidate: candidates[index]!, references: own }
  })
}

/**
 * Scores tokenized items.
 * @param frequencies - those of the items themselves by default, like the official code.
 * @returns the corpus values, and one entry per item in item order; NaN without items. `bleu` holds the
 *   summable statistics of each item's BLEU, for intervals of the corpus value.
 */
export function evaluateCaptions(
  items: readonly CaptionedItem[],
  {
    frequencies,
    ciderVariant = 'CIDEr-D',
  }: { readonly frequencies?: DocumentFrequencies; readonly ciderVariant?: CiderVariant } = {},
): { aggregate: CaptionScores; perItem: CaptionScores[]; bleu: BleuStatistics[] } {
  const texts = numberTexts(items.flatMap(({ candidate, references }) => [candidate, ...references]))
  const spans = spansOf(items)
  const ngrams = numberNgrams(texts)
  const counts =
    frequencies === undefined
      ? ownFrequencies(
          ngrams,
          spans.map(([candidate, end]) => [candidate + 1, end]),
        )
      : frequenciesOf(ngrams, frequencies)
  const counter = new BleuCounter(ngrams)
  const rouge = new RougeLScorer(texts)
  const cider = new CiderScorer(ngrams, counts, ciderVariant)
  const bleu: BleuStatistics[] = []
  const perItem = items.map(({ candidate, references }, index): CaptionScores => {
    const [first, end] = spans[index]!
    const statistics = counter.segment(first, end)
    bleu.push(statistics)
    // ROUGE-L splits at the ASCII space only.
    const isPlain = texts.isPlain.subarray(first, end).every(Boolean)
    return named(bleuOf(statistics), isPlain ? rouge.score(first, end) : rougeL(candidate, references), cider.score(first, end))
  })
  const aggregate = named(
    bleuOf(sumBleu(bleu)),
    mean(perItem.map((scores) => scores.ROUGE_L)),
    mean(perItem.map((scores) => scores.CIDEr)),
  )
  return { aggregate, perItem, bleu }
}

/** Per item, the index of its candidate among all texts and, exclusive, of its last reference. */
function spansOf(items: readonly CaptionedItem[]): [number, number][] {
  let from = 0
  return items.map(({ references }) => [from, (from += 1 + references.length)])
}

function named(bleu: readonly [number, number, number, number], rouge: number, ciderScore: number): CaptionScores {
  return { Bleu_1: bleu[0], Bleu_2: bleu[1], Bleu_3: bleu[2], Bleu_4: bleu[3], ROUGE_L: rouge, CIDEr: ciderScore }
}

/**
 * METEOR of tokenized items: the corpus value from summed statistics, and one value per item. Several times
 * slower than the other metrics.
 */
export function evaluateMeteor(
  items: readonly CaptionedItem[],
  options: MeteorOptions = {},
): { aggregate: number; perItem: number[] } {
  const statistics = items.map(({ candidate, references }) => meteorStatistics(candidate, references, options))
  return { aggregate: meteorOf(sumMeteor(statistics)), perItem: statistics.map(meteorOf) }
}
