/**
 * OpenAI's `string_check`: operations, templates, and answers that are missing.
 */
import { expect, test } from 'vitest'
import type { CustomItem } from '../../../../src/tasks/custom/item.ts'
import { checkNewSpec } from '../../../../src/scorers/new-spec.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'

const item: CustomItem = {
  task: 'custom',
  id: 'a',
  cluster: 'a',
  image: null,
  item: { answer: 'Paris', list: [{ word: 'par' }], braces: '{{item.answer}}' },
}

/** As an eval is made. */
const refused = SCORERS.spec.superRefine(checkNewSpec)

const gradeOf = (input: string, operation: string, reference: string, text: string | null) =>
  SCORERS.bind({ type: 'string_check', name: 'check', input, operation, reference }).score({
    item,
    output: { kind: 'text', text },
  })

test.each([
  ['{{sample.output_text}}', 'eq', '{{item.answer}}', 'Paris', 1],
  ['{{sample.output_text}}', 'eq', '{{item.answer}}', 'paris', 0],
  ['{{sample.output_text}}', 'ne', '{{item.answer}}', 'paris', 1],
  ['{{ sample.output_text }}', 'like', '{{item.list[0].word}}', 'compare', 1],
  ['{{sample.output_text}}', 'like', '{{item.answer}}', 'in PARIS', 0],
  ['{{sample.output_text}}', 'ilike', '{{item.answer}}', 'in PARIS', 1],
  ['{{sample.output_json.a.b}}', 'eq', '5', '{"a":{"b":5}}', 1],
  ['{{item.braces}}', 'eq', '{{sample.output_text}}', '{{item.answer}}', 1],
])('%s %s %s of %s is %i', async (input, operation, reference, text, score) => {
  expect(await gradeOf(input, operation, reference, text)).toMatchObject({ status: 'scored', score })
})

test.each([
  ['{{sample.output_text}}', null, 'there is no answer'],
  ['{{item.missing}}', 'Paris', 'input: the placeholder {{item.missing}} has no value'],
  ['{{sample.output_json.a}}', 'no JSON', 'has no value'],
])('%s of %s has no grade', async (input, text, reason) => {
  expect(await gradeOf(input, 'eq', 'x', text)).toMatchObject({
    status: 'unscored',
    reason: expect.stringContaining(reason) as string,
  })
})

test.each(['{{secret}}', '{{item}}', '{{item.a b}}', '{{process.env}}'])('%s is refused when the eval is made', (input) => {
  const spec = { type: 'string_check', name: 'check', input, operation: 'eq', reference: '' }
  expect(SCORERS.spec.safeParse(spec).success).toBe(false)
})

test.each(['{{item.a', '{{item.a}', '{{item.a{b}}}', '{{ {{item.a}} }}', 'a {{ b', '{{ }}', '{{}}', '{{item.}}', '{{Item.a}}'])(
  '%j is refused when the eval is made, in texts and in messages',
  (input) => {
    const check = { type: 'string_check', name: 'c', input: 'x', operation: 'eq', reference: input }
    expect(refused.safeParse(check).error?.issues[0]?.path).toEqual(['reference'])
    const messages = [{ role: 'user', content: ['fine', { type: 'input_text', text: input }] }]
    const model = { type: 'label_model', name: 'c', model: 'gpu/m', labels: ['a', 'b'], passing_labels: ['a'], input: messages }
    expect(refused.safeParse(model).error?.issues[0]?.path).toEqual(['input', 0, 'content', 1, 'text'])
  },
)

test.each(['{"a": {"b": {{item.a}}}}', '{{{item.a}}}', '{item.a}', '}}', '{ {x} }'])('braces of %j are text', (input) => {
  const spec = { type: 'string_check', name: 'c', input, operation: 'eq', reference: '' }
  expect(refused.safeParse(spec).error).toBeUndefined()
})

test('python is refused with the way out', () => {
  const { error } = SCORERS.spec.safeParse({ type: 'python', name: 'p', source: 'def grade(): pass' })
  expect(error?.issues[0]?.message).toContain('no Python runs')
})
