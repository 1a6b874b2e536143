/** Accuracy of classification against scikit-learn (`test/golden/generate/classification.py`). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LABELS_KEPT } from '../../../src/contracts/model.ts'
import { balancedAccuracy, confusions, countByLabel } from '../../../src/metrics/classification.ts'
import { nearestLabels } from '../../../src/metrics/label-embedding.ts'

interface Golden {
  readonly labels: readonly number[]
  readonly scores: readonly (readonly number[])[]
  readonly top1_accuracy: number
  readonly top5_accuracy: number
  readonly balanced_accuracy: number
  readonly confusion: readonly (readonly number[])[]
}
const golden = JSON.parse(readFileSync(new URL('../../golden/classification/scores.json', import.meta.url), 'utf8')) as Golden
const places = golden.labels.map((_, index) => index)
/** A picture whose only component is 1, so that a label's score is its only component. */
const ranked = golden.scores.map((row) =>
  nearestLabels(
    [1],
    row.map((score) => [score]),
    LABELS_KEPT,
  ).map(({ index }) => index),
)
const items = golden.labels.map((label, index) => ({ label, predicted: ranked[index]![0]! }))
const share = (right: (index: number) => boolean) => places.filter(right).length / places.length

test('top-1, top-5 and balanced accuracy are those of scikit-learn', () => {
  expect(share((index) => ranked[index]![0] === golden.labels[index])).toBe(golden.top1_accuracy)
  expect(share((index) => ranked[index]!.includes(golden.labels[index]!))).toBe(golden.top5_accuracy)
  expect(balancedAccuracy(items)).toBeCloseTo(golden.balanced_accuracy, 15)
  expect(balancedAccuracy([])).toBeNaN()
})

test('counts by label and confused pairs are those of its confusion matrix', () => {
  const matrix = golden.confusion
  const column = (label: number) => matrix.reduce((sum, row) => sum + row[label]!, 0)
  for (const { label, n, correct, wrongly } of countByLabel(items)) {
    const row = matrix[label]!
    const sum = row.reduce((total, count) => total + count, 0)
    expect([n, correct, wrongly], String(label)).toEqual([sum, row[label], column(label) - row[label]!])
  }
  const pairs = confusions(items)
  for (const { label, predicted, count } of pairs) expect(count).toBe(matrix[label]![predicted])
  const wrong = matrix.flatMap((row, label) => row.filter((count, predicted) => predicted !== label && count > 0))
  expect(pairs.map(({ count }) => count)).toEqual(wrong.toSorted((a, b) => b - a))
})
