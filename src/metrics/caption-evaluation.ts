/**
 * The COCO caption evaluation over many images: tokenise all captions together, then score. salaniz/pycocoevalcap @ad63453 `eval.py`.
 * @module
 */
import { bleuOf, type BleuStatistics, bleuStatistics, sumBleu } from './bleu.ts'
import { type MeteorOptions, meteorOf, meteorStatistics, sumMeteor } from './meteor.ts'
import { cider, type CiderVariant } from './cider.ts'
import { countDocumentFrequencies, type DocumentFrequencies } from './document-frequencies.ts'
import { tokenizeCaptions } from './ptb-tokenizer.ts'
import { mean } from './averages.ts'
import { rougeL } from './rouge-l.ts'
import { segmentNgrams } from './segment-ngrams.ts'

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
 * PTB-tokenises candidates as one text and references as another, in item order, as the official code does.
 * @returns the items with tokenised captions.
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
 * Scores tokenised items.
 * @param frequencies - by default those of the items themselves, as officially.
 * @returns the corpus values, and one entry an item in item order. NaN without items.
 */
export function evaluateCaptions(
  items: readonly CaptionedItem[],
  {
    frequencies = countDocumentFrequencies(items.map(({ references }) => references)),
    ciderVariant = 'CIDEr-D',
  }: { readonly frequencies?: DocumentFrequencies; readonly ciderVariant?: CiderVariant } = {},
): { aggregate: CaptionScores; perItem: CaptionScores[] } {
  const statistics: BleuStatistics[] = []
  const perItem = items.map(({ candidate, references }): CaptionScores => {
    const ngrams = segmentNgrams(candidate, references)
    const bleu = bleuStatistics(candidate, references, ngrams)
    statistics.push(bleu)
    return named(bleuOf(bleu), rougeL(candidate, references), cider(candidate, references, frequencies, ciderVariant, ngrams))
  })
  const aggregate = named(
    bleuOf(sumBleu(statistics)),
    mean(perItem.map((scores) => scores.ROUGE_L)),
    mean(perItem.map((scores) => scores.CIDEr)),
  )
  return { aggregate, perItem }
}

function named(bleu: readonly [number, number, number, number], rouge: number, ciderScore: number): CaptionScores {
  return { Bleu_1: bleu[0], Bleu_2: bleu[1], Bleu_3: bleu[2], Bleu_4: bleu[3], ROUGE_L: rouge, CIDEr: ciderScore }
}

/**
 * METEOR of tokenised items: the corpus value from summed statistics, and one an item. Several times slower than the other metrics.
 */
export function evaluateMeteor(
  items: readonly CaptionedItem[],
  options: MeteorOptions = {},
): { aggregate: number; perItem: number[] } {
  const statistics = items.map(({ candidate, references }) => meteorStatistics(candidate, references, options))
  return { aggregate: meteorOf(sumMeteor(statistics)), perItem: statistics.map(meteorOf) }
}
