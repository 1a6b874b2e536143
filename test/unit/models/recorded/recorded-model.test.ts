import { expect, test } from 'vitest'
import type { OutputKind } from '../../../../src/contracts/model.ts'
import { createRecordedResults, createRecordedScores } from '../../../../src/models/recorded/recorded-model.ts'

const results = { type: 'results', name: 'mine', results_digest: 'a'.repeat(64) } as const
const scores = { type: 'scores', name: 'people', scores_digest: 'b'.repeat(64) } as const
const item = (id: string, task = 'vqa') => ({ task, id, cluster: 'c' })

const texts: Record<string, string | null> = { '1': 'yes', '2': '', '3': null }
const model = createRecordedResults(results, (id) => texts[id])

test.each([
  ['1', 'yes'],
  ['2', ''],
  ['3', null],
  ['not in the file', null],
])('item %s has the recorded text %j, and took no call', async (id, text) => {
  expect(await model.run({ item: item(id), output: 'text' })).toEqual({ output: { kind: 'text', text }, calls: 0 })
})

test('segments are read from the stored text', async () => {
  const segments = [{ step: 212, start: 1.5, end: 3, score: 0.25 }]
  const localizer = createRecordedResults(results, (id) => (id === 'video' ? JSON.stringify(segments) : null))
  const ask = (id: string) => localizer.run({ item: item(id, 'step_localization'), output: 'segments' })
  expect(await ask('video')).toEqual({ output: { kind: 'segments', segments }, calls: 0 })
  expect(await ask('other')).toEqual({ output: { kind: 'segments', segments: null }, calls: 0 })
})

test('scores are numbers, or null where the file has none', async () => {
  const people = createRecordedScores(scores, (id) => ({ '1': '0.25', '2': null })[id])
  const ask = async (id: string) => (await people.run({ item: item(id), output: 'score' })).output
  expect([await ask('1'), await ask('2'), await ask('3')]).toEqual([
    { kind: 'score', score: 0.25 },
    { kind: 'score', score: null },
    { kind: 'score', score: null },
  ])
})

test.each<[string, OutputKind, true | RegExp]>([
  ['vqa', 'text', true],
  ['caption', 'text', true],
  ['nlvr2', 'text', true],
  ['step_localization', 'segments', true],
  ['step_localization', 'text', /hold segments, not text/],
  ['vqa', 'segments', /hold text, not segments/],
  ['vqa', 'embeddings', /hold text, not embeddings/],
  ['retrieval', 'text', /not read for retrieval datasets/],
  ['retrieval', 'embeddings', /not read for retrieval datasets/],
])('results of %s as %s: %s', (task, output, expected) => {
  const supported = model.supports(task, output)
  if (expected === true) expect(supported).toBe(true)
  else expect(supported).toMatch(expected)
})

test('an output that the plan should have refused is a fault, not an answer', async () => {
  await expect(model.run({ item: item('1'), output: 'embeddings' })).rejects.toThrow('hold text, not embeddings')
  const people = createRecordedScores(scores, () => '1')
  expect(people.supports('vqa', 'text')).toMatch(/a number per item, not text/)
  await expect(people.run({ item: item('1'), output: 'text' })).rejects.toThrow('not text')
})
