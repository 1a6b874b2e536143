/**
 * VQA accuracy: the share of leave-one-out subsets of the human answers that support a prediction.
 *
 * Antol et al., "VQA: Visual Question Answering", ICCV 2015, section 4; Goyal et al., CVPR 2017. Two official
 * scorers exist and give different numbers: `vqa-2021` (GT-Vision-Lab/VQA @a013f00, in force since
 * 2021-03-11) and `vqa-2015` (@458a8b2, before).
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'
import { roundHalfAway, stripPython2 } from './python-semantics.ts'
import { processDigitArticle, processPunctuation } from './vqa-normalization.ts'

export type VqaScorer = 'vqa-2021' | 'vqa-2015'

export const vqaAccuracyMetric: MetricDescriptor = {
  name: 'vqa_accuracy',
  variants: ['vqa-2021', 'vqa-2015'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: {
    paper: 'Antol et al., ICCV 2015; Goyal et al., CVPR 2017',
    code: 'GT-Vision-Lab/VQA @a013f00 (vqa-2021), @458a8b2 (vqa-2015)',
  },
}

/** A human answer. A bare string is an answer with an id of its own. */
export type HumanAnswer = string | { readonly answer: string; readonly answer_confidence?: string; readonly answer_id?: number }

/**
 * Accuracy of one prediction in [0, 1]: for each human answer, min(1, matches among the *other* answers / 3);
 * the mean of these. With ten answers, n matches give 0, .3, .6, .9, 1.
 *
 * "Other" compares whole answer objects, like the official code: two objects with equal answer, confidence
 * and id exclude each other.
 * @param answers - ten in VQA, at least one.
 * @throws {RangeError} without answers.
 */
export function vqaAccuracy(prediction: string, answers: readonly HumanAnswer[], scorer: VqaScorer): number {
  if (answers.length === 0) throw new RangeError('VQA accuracy needs at least one human answer')
  const { predicted, humans } = scorer === 'vqa-2021' ? normalize2021(prediction, answers) : normalize2015(prediction, answers)
  let matches = 0
  for (const human of humans) if (human === predicted) matches++
  let sum = 0
  for (let i = 0; i < humans.length; i++) {
    // A different answer excludes no match.
    const others = humans[i] === predicted ? matches - countAlike(answers, humans, i) : matches
    sum += Math.min(1, others / 3)
  }
  return sum / humans.length
}

/**
 * Whether two answers are officially equal, as texts after the scorer's normalization of a single prediction.
 * @internal
 */
export function normalizePrediction(prediction: string): string {
  return fullyNormalized(cleanWhitespace(prediction))
}

/** One scored question. */
export interface VqaRow {
  readonly accuracy: number
  readonly question_type: string
  readonly answer_type: string
}

/** Percentages, unrounded, or rounded to two decimals like the official output. */
export interface VqaTable {
  readonly overall: number
  readonly per_answer_type: Readonly<Record<string, number>>
  readonly per_question_type: Readonly<Record<string, number>>
}

/**
 * The official summary in percent, 0–100, summed in the order of rows. NaN without rows.
 * @returns `rounded`: two decimals, halves away from zero as in Python 2; `unrounded`: the same sums without
 *   rounding.
 */
export function vqaSummary(rows: Iterable<VqaRow>): { rounded: VqaTable; unrounded: VqaTable; n: number } {
  const overall = { sum: 0, n: 0 }
  const answerTypes = new Map<string, { sum: number; n: number }>()
  const questionTypes = new Map<string, { sum: number; n: number }>()
  for (const row of rows) {
    for (const tally of [overall, tallyOf(answerTypes, row.answer_type), tallyOf(questionTypes, row.question_type)]) {
      tally.sum += row.accuracy
      tally.n++
    }
  }
  const table = (round: (percent: number) => number): VqaTable => ({
    overall: round((100 * overall.sum) / overall.n),
    per_answer_type: percentages(answerTypes, round),
    per_question_type: percentages(questionTypes, round),
  })
  return { rounded: table((percent) => roundHalfAway(percent, 2)), unrounded: table((percent) => percent), n: overall.n }
}

/**
 * Since 2021-03-11: all or nothing. If all human answers are one string, neither side is normalized.
 */
function normalize2021(prediction: string, answers: readonly HumanAnswer[]): { predicted: string; humans: string[] } {
  const predicted = cleanWhitespace(prediction)
  const humans = mapRepeated(answers.map(textOf), cleanWhitespace)
  if (humans.every((human) => human === humans[0])) return { predicted, humans }
  return { predicted: fullyNormalized(predicted), humans: mapRepeated(humans, fullyNormalized) }
}

/** `texts.map(change)`, faster if many texts equal the first or the previous one: people agree. */
function mapRepeated(texts: readonly string[], change: (text: string) => string): string[] {
  const changed: string[] = []
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!
    if (i > 0 && text === texts[i - 1]) changed.push(changed[i - 1]!)
    else if (i > 0 && text === texts[0]) changed.push(changed[0]!)
    else changed.push(change(text))
  }
  return changed
}

/**
 * Until 2021-03-11: the prediction in full, human answers only without punctuation and only if they differ.
 */
function normalize2015(prediction: string, answers: readonly HumanAnswer[]): { predicted: string; humans: string[] } {
  const raw = answers.map(textOf)
  const unanimous = raw.every((human) => human === raw[0])
  return { predicted: normalizePrediction(prediction), humans: unanimous ? raw : raw.map(processPunctuation) }
}

/** Both steps. Cached, since a few thousand answers make up most of a dataset. */
function fullyNormalized(text: string): string {
  if (text.length > LONGEST_KEPT) return processDigitArticle(processPunctuation(text))
  let result = normalized.get(text)
  if (result === undefined) {
    if (normalized.size >= NORMALIZED_KEPT) normalized.clear()
    normalized.set(text, (result = processDigitArticle(processPunctuation(text))))
  }
  return result
}

const normalized = new Map<string, string>()
const NORMALIZED_KEPT = 10_000
/** Longest cached answer in characters: long answers do not repeat, and would fill memory. */
const LONGEST_KEPT = 100

/** Printable ASCII without blanks at the ends: nothing to normalize. */
const CLEAN = /^[!-~](?:[ -~]*[!-~])?$/

function cleanWhitespace(text: string): string {
  if (CLEAN.test(text)) return text
  return stripPython2(text.replace(/[\n\t]/g, ' '))
}

function textOf(answer: HumanAnswer): string {
  return typeof answer === 'string' ? answer : answer.answer
}

/**
 * Number of answers equal to answer i, itself included, by the official code's dictionaries: normalized
 * answer, confidence and id.
 */
function countAlike(answers: readonly HumanAnswer[], humans: readonly string[], i: number): number {
  const answer = answers[i]!
  if (typeof answer === 'string') return 1
  let alike = 0
  for (let j = 0; j < answers.length; j++) {
    const other = answers[j]!
    if (typeof other === 'string' || other.answer_id !== answer.answer_id) continue
    if (other.answer_confidence === answer.answer_confidence && humans[j] === humans[i]) alike++
  }
  return alike
}

function tallyOf(tallies: Map<string, { sum: number; n: number }>, key: string): { sum: number; n: number } {
  let tally = tallies.get(key)
  if (tally === undefined) tallies.set(key, (tally = { sum: 0, n: 0 }))
  return tally
}

function percentages(
  tallies: Map<string, { sum: number; n: number }>,
  round: (percent: number) => number,
): Record<string, number> {
  const keys = [...tallies.keys()].toSorted()
  return Object.fromEntries(keys.map((key) => [key, round((100 * tallies.get(key)!.sum) / tallies.get(key)!.n)]))
}
