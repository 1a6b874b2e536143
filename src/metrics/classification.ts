/**
 * Accuracy of a classification: top-1, top-5 and balanced, and the confusion of labels.
 *
 * Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", IJCV 2015, for the first two;
 * Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010, as in scikit-learn
 * 1.9 `balanced_accuracy_score`: the mean over labels of the share that is right, over labels that items
 * have.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

export const classificationMetric: MetricDescriptor = {
  name: 'classification_accuracy',
  variants: ['top1_accuracy', 'top5_accuracy', 'balanced_accuracy'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: {
    paper: 'Russakovsky et al., IJCV 2015; Brodersen et al., ICPR 2010',
    code: 'scikit-learn 1.9 metrics/_classification.py',
  },
}

/** One classified item: places of its label and of the label that the model named. */
export interface Classified {
  readonly label: number
  readonly predicted: number
}

/** Counts of one label. */
export interface LabelCounts {
  readonly label: number
  /** Items with it, at least one. */
  readonly n: number
  readonly correct: number
  /** Items with another label that were given this one. */
  readonly wrongly: number
}

/** Counts per label that items have or were given, in order of its place. */
export function countByLabel(items: Iterable<Classified>): LabelCounts[] {
  const counts = new Map<number, { n: number; correct: number; wrongly: number }>()
  const of = (label: number) => {
    const known = counts.get(label) ?? { n: 0, correct: 0, wrongly: 0 }
    counts.set(label, known)
    return known
  }
  for (const { label, predicted } of items) {
    const own = of(label)
    own.n++
    if (predicted === label) own.correct++
    else of(predicted).wrongly++
  }
  return [...counts].map(([label, found]) => ({ label, ...found })).toSorted((a, b) => a.label - b.label)
}

/** In [0, 1], in any order of items; NaN without items. */
export function balancedAccuracy(items: Iterable<Classified>): number {
  const counted = countByLabel(items).filter(({ n }) => n > 0)
  return counted.reduce((sum, { n, correct }) => sum + correct / n, 0) / counted.length
}

export interface Confused extends Classified {
  readonly count: number
}

/** Pairs of a label and another one that was named instead, the most frequent first, then by place. */
export function confusions(items: Iterable<Classified>): Confused[] {
  const counts = new Map<string, Confused>()
  for (const { label, predicted } of items) {
    if (label === predicted) continue
    const pair = `${label} ${predicted}`
    counts.set(pair, { label, predicted, count: (counts.get(pair)?.count ?? 0) + 1 })
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
}
