/**
 * VQA accuracy: the share of leave-one-out subsets of the human answers that support a prediction.
 *
 * Antol et al., "VQA: Visual Question Answering", ICCV 2015, section 4; Goyal et al., CVPR 2017. Two official scorers exist and
 * give different numbers: `vqa-2021` (GT-Vision-Lab/VQA @a013f00, in force since 2021-03-11) and `vqa-2015` (@458a8b2, before).
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

/** A human answer. A bare string stands for an answer with an id of its own. */
export type HumanAnswer = string | { readonly answer: string; readonly answer_confidence?: string; readonly answer_id?: number }

/**
 * Accuracy of one prediction in [0, 1]: for each human answer, min(1, matches among the *other* answers / 3); the mean of these.
 * With ten answers, n matches give 0, .3, .6, .9, 1.
 *
 * "Other" compares whole answer objects, as the official code does: two objects alike in answer, confidence and id leave each
 * other out.
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
    // an answer that does not match leaves no match out
    const others = humans[i] === predicted ? matches - countAlike(answers, humans, i) : matches
    sum += Math.min(1, others / 3)
  }
  return sum / humans.length
}

/** The official "are these answers equal" as text, after the scorer's normalisation of a single prediction. @internal */
export function normalizePrediction(prediction: string): string {
  return fullyNormalized(cleanWhitespace(prediction))
}

/** One scored question. */
export interface VqaRow {
  readonly accuracy: number
  readonly question_type: string
  readonly answer_type: string
}

/** Percentages, unrounded or rounded to two decimals as the official code prints them. */
export interface VqaTable {
  readonly overall: number
  readonly per_answer_type: Readonly<Record<string, number>>
  readonly per_question_type: Readonly<Record<string, number>>
}

/**
 * The official summary in percent, 0–100, folded in the order of the rows. NaN without rows.
 * @returns `rounded`: two decimals, halves away from zero as Python 2 rounds; `unrounded`: the same sums, not rounded.
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

/** Since 2021-03-11: all or nothing. When the human answers are all one string, nothing is normalised on either side. */
function normalize2021(prediction: string, answers: readonly HumanAnswer[]): { predicted: string; humans: string[] } {
  const predicted = cleanWhitespace(prediction)
  const humans = mapRepeated(answers.map(textOf), cleanWhitespace)
  if (humans.every((human) => human === humans[0])) return { predicted, humans }
  return { predicted: fullyNormalized(predicted), humans: mapRepeated(humans, fullyNormalized) }
}

/** `texts.map(change)` where many texts are like the first or the one before: people agree. */
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

/** Until 2021-03-11: the prediction always in full, human answers punctuation only and only when they differ. */
function normalize2015(prediction: string, answers: readonly HumanAnswer[]): { predicted: string; humans: string[] } {
  const raw = answers.map(textOf)
  const unanimous = raw.every((human) => human === raw[0])
  return { predicted: normalizePrediction(prediction), humans: unanimous ? raw : raw.map(processPunctuation) }
}

/** Both steps. Remembered, since a few thousand answers make up most of a dataset. */
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
/** Characters: long answers do not repeat themselves, and would fill the memory. */
const LONGEST_KEPT = 100

/** Printable ASCII without blanks at the ends: nothing to clean. */
const CLEAN = /^[!-~](?:[ -~]*[!-~])?$/

function cleanWhitespace(text: string): string {
  if (CLEAN.test(text)) return text
  return stripPython2(text.replace(/[\n\t]/g, ' '))
}

function textOf(answer: HumanAnswer): string {
  return typeof answer === 'string' ? answer : answer.answer
}

/**
 * How many answers are equal to answer i, itself included, as the official code's dictionaries are: normalised answer, confidence and
 * id.
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
