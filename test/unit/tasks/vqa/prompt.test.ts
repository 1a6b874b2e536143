import { expect, test } from 'vitest'
import type { VqaItem } from '../../../../src/tasks/vqa/item.ts'
import { vqaPrompt } from '../../../../src/tasks/vqa/prompt.ts'

function asking(question: string): VqaItem {
  return { task: 'vqa', id: '1', cluster: 'c', image: null, question, question_type: '', answer_type: '', answers: ['yes'] }
}

/** The only text of a prompt without pictures. */
function rendered(template: string, question: string): string {
  const [message] = vqaPrompt.render(template, asking(question))
  const [part] = message!.content
  return part?.type === 'text' ? part.text : ''
}

test('the default asks for a short answer', () => {
  vqaPrompt.check(vqaPrompt.template, '/prompt')
  expect(rendered(vqaPrompt.template, 'What colour?')).toBe('What colour?\nAnswer the question using a single word or phrase.')
})

test.each([
  ['{{item.question}}', 'Q'],
  ['{{ item.question }} / {{item.question}}', 'Q / Q'],
  ['Think {hard}: {{item.question}}', 'Think {hard}: Q'],
])('%j becomes %j', (template, text) => {
  vqaPrompt.check(template, '/prompt')
  expect(rendered(template, 'Q')).toBe(text)
})

test("a question's own braces and dollars are left alone", () => {
  expect(rendered('{{item.question}}', '{{item.answers}} $& $1 {{item.question}}')).toBe(
    '{{item.answers}} $& $1 {{item.question}}',
  )
})

test.each([
  ['{{item.answers}} {{item.question}}', 'unknown placeholder {{item.answers}}'],
  ['{{question}}', 'unknown placeholder {{question}}'],
  ['{{}}', 'unknown placeholder {{}}'],
  ['What is this?', 'must contain {{item.question}}'],
  ['{item.question}', 'must contain {{item.question}}'],
])('%j is refused', (template, reason) => {
  expect(() => vqaPrompt.check(template, '/data_source/prompt')).toThrow(`/data_source/prompt: `)
  expect(() => vqaPrompt.check(template, '/data_source/prompt')).toThrow(reason)
})
