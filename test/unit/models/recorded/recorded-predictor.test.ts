import { expect, test } from 'vitest'
import type { TaskItem } from '../../../../src/tasks/registry.ts'
import { createRecordedPredictor } from '../../../../src/models/recorded/recorded-predictor.ts'

const recorded: Record<string, string | null> = { '1': 'yes', '2': '', '3': null }
const predictor = createRecordedPredictor(async (item) => recorded[item.id])

function item(id: string): TaskItem {
  return { task: 'vqa', id, cluster: 'c', image: null, question: '?', question_type: '', answer_type: '', answers: ['yes'] }
}

test.each([
  ['1', 'yes'],
  ['2', ''],
  ['3', null],
  ['not in the file', null],
])('item %s has the recorded answer %j', async (id, answer) => {
  expect(await predictor.observe(item(id), new Set(['answer']))).toEqual({ answer })
})

test('nothing that was not asked for', async () => {
  expect(predictor.provides).toEqual(['answer'])
  expect(await predictor.observe(item('1'), new Set(['image_embedding']))).toEqual({})
})

test('a broken store is a fault of the shard, not a missing answer', async () => {
  const broken = createRecordedPredictor(() => Promise.reject(new Error('R2 is away')))
  await expect(broken.observe(item('1'), new Set(['answer']))).rejects.toThrow('R2 is away')
})
