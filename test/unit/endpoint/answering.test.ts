/** The reference endpoint reads a prompt for a model that answers. */
import { expect, test } from 'vitest'
import { readPrompt } from '../../../endpoint/answering.ts'
import { taskOf } from '../../../src/tasks/registry.ts'

const FUSION = ['question', 'statement'] as const
const promptOf = (task: string, own: string) => taskOf(task).prompt!.template.replace(/\{\{item\.\w+\}\}/, own)

test.each([
  ['vqa', 1, 'Is it true?\nReally?', 'question'],
  ['nlvr', 1, 'There is one circle.', 'statement'],
  ['nlvr2', 2, 'Both pictures show a dog.', 'statement'],
])('the default prompt of %s is read as what that task asks', (task, pictures, own, skill) => {
  expect(readPrompt(promptOf(task, own), pictures, FUSION)).toEqual({ skill, text: own })
})

test('another text asks of one picture, and states of two', () => {
  expect(readPrompt('What is left?', 1, FUSION)).toEqual({ skill: 'question', text: 'What is left?' })
  expect(readPrompt('Both are red.', 2, FUSION)).toEqual({ skill: 'statement', text: 'Both are red.' })
})

test('a model with one skill is asked for that, whatever the text', () => {
  expect(readPrompt(taskOf('caption').prompt!.template, 1, ['caption']).skill).toBe('caption')
  expect(readPrompt('Describe it.', 1, ['caption']).skill).toBe('caption')
})
