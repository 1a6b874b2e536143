/**
 * NLVR2 accuracy and consistency.
 *
 * Suhr et al., "A Corpus for Reasoning about Natural Language Grounded in Photographs", ACL 2019;
 * lil-lab/nlvr @1892484 `nlvr2/eval/`. Quirks kept: consistency groups by identifier with the pair number
 * blanked, not by sentence; letter case is ignored; any other difference from the label is wrong.
 * @module
 */
import { consistencyGroup } from '../contracts/nlvr2-identifier.ts'
import type { MetricDescriptor } from './descriptor.ts'

export const nlvr2Metric: MetricDescriptor = {
  name: 'nlvr2',
  variants: ['accuracy', 'consistency', 'filtered-accuracy', 'category-accuracy'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Suhr et al., ACL 2019', code: 'lil-lab/nlvr @1892484 nlvr2/eval/metrics.py' },
}

/**
 * The first NLVR has the same two numbers, with other groups: a sentence is consistent if all its pictures
 * are right.
 */
export const nlvrMetric: MetricDescriptor = {
  name: 'nlvr',
  variants: ['accuracy', 'consistency'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'Suhr et al., ACL 2017', code: 'lil-lab/nlvr @56f4bc8 nlvr/metrics_images.py' },
}

/** One scored example. */
export interface Nlvr2Row {
  readonly identifier: string
  readonly correct: boolean
}

export function nlvr2Correct(prediction: string, label: string): boolean {
  return prediction.toLowerCase() === label.toLowerCase()
}

/** Whether a prediction is `true` or `false` in any letter case. Anything else is unreadable. */
export function isReadable(prediction: string): boolean {
  return /^(?:true|false)$/i.test(prediction)
}

/**
 * Accuracy: share of correct examples. Consistency: share of groups with only correct members. Both in [0,
 * 1], in any order of rows; NaN without rows.
 */
export function nlvr2Summary(rows: Iterable<Nlvr2Row>): {
  accuracy: number
  consistency: number
  examples: number
  groups: number
} {
  const groups = new Map<string, boolean>()
  let examples = 0
  let correct = 0
  for (const row of rows) {
    examples++
    if (row.correct) correct++
    const group = consistencyGroup(row.identifier)
    groups.set(group, (groups.get(group) ?? true) && row.correct)
  }
  const consistent = [...groups.values()].filter(Boolean).length
  return { accuracy: correct / examples, consistency: consistent / groups.size, examples, groups: groups.size }
}

export interface Nlvr2Scores {
  /** Over readable predictions; null if there are none. */
  readonly accuracy: number | null
  /** Over groups without an unreadable prediction; null if there are none. */
  readonly consistency: number | null
  /** Number of readable predictions. */
  readonly n: number
  readonly unreadable: number
  /** The official script's numbers: unreadable predictions are wrong. */
  readonly official: { readonly accuracy: number; readonly consistency: number }
}

/** Both numbers without unreadable predictions, and the official ones with them. At least one row. */
export function nlvr2Scores(rows: readonly (Nlvr2Row & { readonly readable: boolean })[]): Nlvr2Scores {
  const { accuracy, consistency } = nlvr2Summary(rows)
  const readable = rows.filter((row) => row.readable)
  const broken = new Set(rows.filter((row) => !row.readable).map(({ identifier }) => consistencyGroup(identifier)))
  const groups = nlvr2Summary(rows.filter(({ identifier }) => !broken.has(consistencyGroup(identifier))))
  return {
    accuracy: readable.length === 0 ? null : nlvr2Summary(readable).accuracy,
    consistency: groups.groups === 0 ? null : groups.consistency,
    n: readable.length,
    unreadable: rows.length - readable.length,
    official: { accuracy, consistency },
  }
}

/**
 * Accuracy in percent over a subset file (balanced or unbalanced). The denominator leaves out a prediction
 * that is neither `true` nor `false` in any letter case, as `compute_filtered_accuracy.py` does.
 */
export function filteredAccuracy(examples: Iterable<{ readonly label: string; readonly prediction: string }>): {
  accuracy_percent: number
  n: number
  invalid: number
} {
  let n = 0
  let correct = 0
  let invalid = 0
  for (const { label, prediction } of examples) {
    if (!isReadable(prediction)) invalid++
    else {
      n++
      if (nlvr2Correct(prediction, label)) correct++
    }
  }
  return { accuracy_percent: (100 * correct) / n, n, invalid }
}

/**
 * Accuracy in percent by linguistic category, over the annotated sentences. NaN for a category without
 * examples. For a sentence that is annotated twice the last categories count, as officially, so earlier ones
 * may have no example.
 * @param rows - scored examples with their sentence; a sentence's examples all count.
 */
export function categoryAccuracy(
  annotations: Iterable<{ readonly sentence: string; readonly categories: readonly string[] }>,
  rows: Iterable<{ readonly sentence: string; readonly correct: boolean }>,
): Record<string, { accuracy_percent: number; n: number }> {
  const bySentence = new Map<string, { n: number; correct: number }>()
  for (const { sentence, correct } of rows) {
    const tally = bySentence.get(sentence) ?? { n: 0, correct: 0 }
    tally.n++
    if (correct) tally.correct++
    bySentence.set(sentence, tally)
  }
  const totals = new Map<string, { n: number; correct: number }>()
  const annotated = new Map<string, readonly string[]>()
  for (const { sentence, categories } of annotations) {
    annotated.set(sentence, categories)
    for (const category of categories) totals.set(category, { n: 0, correct: 0 })
  }
  for (const [sentence, categories] of annotated) {
    const tally = bySentence.get(sentence)
    if (tally === undefined) continue
    for (const category of categories) {
      const total = totals.get(category)!
      total.n += tally.n
      total.correct += tally.correct
    }
  }
  const categories = [...totals.keys()].toSorted()
  return Object.fromEntries(
    categories.map((category) => {
      const { n, correct } = totals.get(category)!
      return [category, { accuracy_percent: (100 * correct) / n, n }]
    }),
  )
}
