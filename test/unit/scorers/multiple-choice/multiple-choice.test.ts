/** Choices among options, once and in every rotation: numbers worked out by hand. */
import { expect, test } from 'vitest'
import type { Output } from '../../../../src/contracts/model.ts'
import { createRecordedResults } from '../../../../src/models/recorded/recorded-model.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'

const plain = SCORERS.bind({ type: 'multiple_choice', name: 'c' })
const circular = SCORERS.bind({ type: 'multiple_choice', name: 'c', circular: true })
const item = {
  task: 'multiple_choice',
  id: 'q',
  cluster: 'q',
  image: null,
  question: 'What?',
  options: ['ant', 'bee', 'cow'],
  answer: 1,
  category: 'animals',
}
const rotations = (chosen: readonly number[] | null): Output => ({ kind: 'rotations', chosen })

test('a question is right by its first answer, or by the answers to all rotations', async () => {
  expect([plain.requires, circular.requires]).toEqual(['labels', 'rotations'])
  const ranked = [{ index: 1, cosine: 0.5 }]
  expect(await plain.score({ item, output: { kind: 'labels', ranked } })).toMatchObject({ score: 1, stats: [1, 1, 1, 1, 1] })
  expect(await circular.score({ item, output: rotations([1, 1, 1]) })).toMatchObject({ score: 1, stats: [1, 1, 1, 1, 1] })
  expect(await circular.score({ item, output: rotations([1, 1, 0]) })).toMatchObject({
    score: 0,
    stats: [1, 0, 0, 1, 1],
    details: { answer: 'B', chosen: ['B', 'B', 'A'] },
  })
  expect(await circular.score({ item, output: rotations([2, 2, 2]) })).toMatchObject({ score: 0, stats: [0, 0, 1, 1, 2] })
  const unanswered = { ...rotations(null), unanswered: 'rotation 1: no' }
  expect(await circular.score({ item, output: unanswered as Output })).toEqual({ status: 'unscored', reason: 'rotation 1: no' })
})

test('a report has circular accuracy first, by category, and how often each letter is chosen', async () => {
  const answers = [[1, 1, 1], [1, 1, 0], [2, 2, 2], null]
  const scores = await Promise.all(answers.map((chosen) => circular.score({ item, output: rotations(chosen) })))
  const report = circular.aggregate({
    rows: scores.map((row, ordinal) => ({
      ordinal,
      cluster: ordinal,
      status: row.status,
      stats: row.status === 'scored' ? row.stats : [0, 0, 0, 0, 0],
    })),
    version: { digest: '', items: 4, strata: [{ name: 'category', values: ['animals'] }] },
    columns: { cluster: Uint32Array.of(0, 1, 2, 3), strata: [Uint16Array.of(0, 0, 0, 0)] },
    embeddings: [],
    outputs: [],
    seed: 0,
    level: 0.95,
    complete: true,
  })
  expect(report.metrics.map(({ metric, slice, value, n, unscored }) => [metric, slice ?? null, value, n, unscored])).toEqual([
    ['circular_accuracy', null, 1 / 3, 3, 1],
    ['accuracy', null, 2 / 3, 3, 1],
    ['circular_consistency', null, 2 / 3, 3, 1],
    ['circular_accuracy', 'category=animals', 1 / 3, 3, 1],
  ])
  expect(report).toMatchObject({
    primary_metric: 'circular_accuracy',
    details: {
      by_letter: [
        { letter: 'A', right: 0, chosen: 0 },
        { letter: 'B', right: 3, chosen: 2 },
        { letter: 'C', right: 0, chosen: 1 },
      ],
      unanswered: 1,
      circular_accuracy_with_unanswered_wrong: 1 / 4,
    },
  })
})

test('recorded answers are letters as shown; too few of them, or one after the last, are unscored', async () => {
  const file = new Map([
    ['all', '[1,0,2]'],
    ['one', '[1]'],
    ['far', '[5,5,5]'],
  ])
  const model = createRecordedResults({ type: 'results', name: 'm', results_digest: 'd' }, (id) => file.get(id))
  const run = async (id: string, output: 'labels' | 'rotations') => (await model.run({ item: { ...item, id }, output })).output
  expect(await run('all', 'rotations')).toEqual(rotations([1, 1, 1]))
  expect(await run('all', 'labels')).toMatchObject({ ranked: [{ index: 1 }] })
  expect(await run('one', 'labels')).toMatchObject({ ranked: [{ index: 1 }] })
  expect(await run('one', 'rotations')).toMatchObject({
    chosen: null,
    unanswered: expect.stringContaining('has 1 answer') as string,
  })
  expect(await run('far', 'labels')).toMatchObject({
    ranked: null,
    unanswered: expect.stringContaining('after the last') as string,
  })
  expect(await run('far', 'rotations')).toMatchObject({ chosen: null })
  expect(await run('none', 'rotations')).toEqual(rotations(null))
})
