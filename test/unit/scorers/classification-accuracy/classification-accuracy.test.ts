/** Accuracy of labels: numbers worked out by hand, and what a report says about labels. */
import { describe, expect, test } from 'vitest'
import type { RankedCandidate } from '../../../../src/contracts/model.ts'
import type { AggregateInput } from '../../../../src/scorers/aggregate-input.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'

const scorer = SCORERS.bind({ type: 'classification_accuracy', name: 'labels' })
const candidates = ['ant', 'bee', 'cow', 'dog', 'eel', 'fox'].map((label) => ({ label }))
const item = (label: string) => ({ task: 'classification', id: label, cluster: label, image: null, label, candidates })
const ranked = (...indices: number[]): RankedCandidate[] => indices.map((index, place) => ({ index, cosine: 1 - place / 10 }))

const score = (label: string, indices: readonly number[] | null, read: { truncated: number; unknown: number } | null = null) =>
  scorer.score({ item: item(label), output: { kind: 'labels', ranked: indices && ranked(...indices), read } })

test('an item has its label, the label that was named, and whether it is among the first five', async () => {
  expect(await score('cow', [2, 0, 1, 3, 4])).toMatchObject({ stats: [1, 1, 2, 2, -1, -1], score: 1 })
  expect(await score('cow', [0, 1, 3, 4, 2], { truncated: 1, unknown: 2 })).toMatchObject({ stats: [0, 1, 2, 0, 1, 2], score: 0 })
  expect(await score('cow', [0, 1, 3, 4, 5])).toMatchObject({ stats: [0, 0, 2, 0, -1, -1] })
  // One label alone does not tell the first five, right or wrong.
  expect(await score('cow', [2])).toMatchObject({ stats: [1, -1, 2, 2, -1, -1] })
  expect(await score('cow', [0])).toMatchObject({ stats: [0, -1, 2, 0, -1, -1] })
  expect(await score('cow', null)).toMatchObject({ status: 'unscored' })
  await expect(scorer.score({ item: item('yak'), output: { kind: 'labels', ranked: ranked(0) } })).rejects.toThrow('not one of')
})

async function report(
  answers: readonly (readonly [label: string, named: readonly number[] | null])[],
  others: Partial<AggregateInput> = {},
) {
  const scores = await Promise.all(answers.map(([label, named]) => score(label, named, { truncated: 0, unknown: 3 })))
  return scorer.aggregate({
    rows: scores.map((row, ordinal) => ({
      ordinal,
      cluster: ordinal,
      status: row.status,
      stats: row.status === 'scored' ? row.stats : [0, 0, 0, 0, 0, 0],
    })),
    version: { digest: '', items: answers.length, strata: [], candidates },
    columns: { cluster: Uint32Array.from(answers, (_, index) => index), strata: [] },
    embeddings: [],
    outputs: [],
    seed: 0,
    level: 0.95,
    complete: true,
    ...others,
  })
}
const valueOf = ({ metrics }: Awaited<ReturnType<typeof report>>, name: string) => metrics.find(({ metric }) => metric === name)

describe('a report', () => {
  // Three ants, two right; one bee, wrong; two cows, right. Balanced: (2/3 + 0 + 1) / 3.
  const answers = [
    ['ant', [0, 1, 2, 3, 4]],
    ['ant', [0, 1, 2, 3, 4]],
    ['ant', [1, 2, 3, 4, 5]],
    ['bee', [0, 1, 2, 3, 4]],
    ['cow', [2, 1, 0, 3, 4]],
    ['cow', [2, 1, 0, 3, 4]],
  ] as const

  test('has top-1, top-5 and balanced accuracy, each with its interval and counts', async () => {
    const made = await report(answers)
    expect(made.primary_metric).toBe('top1_accuracy')
    expect(valueOf(made, 'top1_accuracy')).toMatchObject({
      value: 4 / 6,
      n: 6,
      interval: { method: 'bounded-bayesian-bootstrap' },
    })
    expect(valueOf(made, 'top5_accuracy')).toMatchObject({ value: 5 / 6, n: 6 })
    const balanced = valueOf(made, 'balanced_accuracy')!
    expect(balanced.value).toBeCloseTo((2 / 3 + 0 + 1) / 3, 15)
    expect(balanced.interval).toMatchObject({ method: 'grouped-jackknife-t-with-bias', clusters: 6 })
  })

  test('says which labels are taken for which', async () => {
    const { details } = await report(answers)
    expect(details).toMatchObject({
      labels: 6,
      labels_with_unknown_tokens: 3,
      by_label: [
        { label: 'ant', n: 3, correct: 2, wrongly: 1 },
        { label: 'bee', n: 1, correct: 0, wrongly: 1 },
        { label: 'cow', n: 2, correct: 2, wrongly: 0 },
      ],
      most_confused: [
        { label: 'ant', predicted: 'bee', count: 1 },
        { label: 'bee', predicted: 'ant', count: 1 },
      ],
      confusion: {
        labels: candidates.map(({ label }) => label),
        counts: expect.arrayContaining([[2, 1, 0, 0, 0, 0]]) as number[][],
      },
    })
    expect(details).not.toHaveProperty('unanswered')
  })

  test('has no top-5 where a model named one label, or where there are no more than five', async () => {
    expect(
      valueOf(
        await report([
          ['ant', [0]],
          ['bee', [0, 1, 2, 3, 4]],
        ]),
        'top5_accuracy',
      ),
    ).toMatchObject({ value: null, n: 0 })
    const five = { version: { digest: '', items: 6, strata: [], candidates: candidates.slice(0, 5) } }
    expect(valueOf(await report(answers.slice(3), five), 'top5_accuracy')).toMatchObject({ value: null, n: 0 })
  })

  test('counts items without an answer apart, and says what they would make if wrong', async () => {
    const made = await report([...answers, ['dog', null], ['dog', null]])
    expect(valueOf(made, 'top1_accuracy')).toMatchObject({ value: 4 / 6, n: 6, unscored: 2 })
    expect(made.details).toMatchObject({ unanswered: 2, top1_accuracy_with_unanswered_wrong: 0.5 })
  })

  test('without a scored item has values of null', async () => {
    const made = await report([['ant', null]])
    expect(made.metrics.map(({ value, interval }) => [value, interval])).toEqual(made.metrics.map(() => [null, null]))
  })
})

test('two runs are compared by top-1, and by top-5 where both tell it', async () => {
  const deep = [0, 1, 2, 3, 4]
  const scored = await Promise.all([score('ant', deep), score('fox', deep)])
  const rows = scored.map((row, ordinal) => ({
    ordinal,
    cluster: ordinal,
    status: 'scored' as const,
    stats: 'stats' in row ? row.stats : [],
  }))
  const input = { rows, outputs: [], version: { digest: '', items: 2, strata: [], candidates } } as unknown as AggregateInput
  expect(
    scorer.comparables(input).map((each) => [each.statistic.metric, each.kind === 'mean' && [...each.units.values]]),
  ).toEqual([
    ['top1_accuracy', [1, 0]],
    ['top5_accuracy', [1, 0]],
  ])
})
