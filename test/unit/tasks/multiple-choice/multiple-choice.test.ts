/** Questions with options: their lines, their results, and how answers and rotations are read. */
import { describe, expect, test } from 'vitest'
import { prepareImport } from '../../../../src/imports/import-dataset.ts'
import { type MultipleChoiceItem, rotated } from '../../../../src/tasks/multiple-choice/item.ts'
import { readOption } from '../../../../src/tasks/multiple-choice/option-reader.ts'
import { multipleChoiceLines } from '../../../../src/tasks/multiple-choice/own-lines.ts'
import { multipleChoice } from '../../../../src/tasks/multiple-choice/task.ts'
import { taskRegistry } from '../../../../src/tasks/registry.ts'

const LINE = { task: 'multiple_choice', id: 'q1', question: 'What is it?', options: ['a cat', 'a dog', 'two dogs'], answer: 'B' }
const item = (line: object) => ({ ...LINE, ...line })

const importOf = (...lines: readonly object[]) =>
  prepareImport(
    {
      tenant: 't',
      name: 'set',
      format: 'items-jsonl',
      files: { annotations: new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')) },
      images: [],
    },
    taskRegistry,
  )

describe('a line', () => {
  test('has options, the right one by letter or place, and a category that reports are broken down by', async () => {
    const { version } = await importOf(item({ category: 'animals' }), item({ id: 'q2', answer: 2 }))
    const items = version.orderedItems.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    expect(items).toEqual([
      { ...LINE, cluster: 'q1', image: null, answer: 1, category: 'animals' },
      { ...LINE, id: 'q2', cluster: 'q2', image: null, answer: 2, category: 'unspecified' },
    ])
    expect(version.strata).toEqual([{ name: 'category', values: ['animals', 'unspecified'] }])
    expect(version.candidates).toBeUndefined()
  })

  test.each<[string, object, string]>([
    ['one option', { options: ['a cat'], answer: 'A' }, '/0/options: has one option'],
    ['an option twice', { options: ['a cat', 'a dog', 'a cat'] }, '/0/options/2: is option A again'],
    ['an empty option', { options: ['a cat', ' '] }, '/0/options/1: is empty'],
    ['a letter after the last', { answer: 'D' }, '/0/answer: must be a letter from A to C, or a place from 0 to 2; is "D"'],
    ['a place after the last', { answer: 3 }, '/0/answer'],
    ['no answer', { answer: undefined }, 'is missing'],
    ['no question', { question: '' }, '/0/question: is empty'],
    ['too many options', { options: Array.from({ length: 27 }, (_, n) => `${n}`) }, 'must have at most 26'],
    ['no options', { options: [] }, 'has no options'],
  ])('with %s is refused in its place', async (_case, line, message) => {
    await expect(importOf(item(line))).rejects.toThrow(message)
  })
})

test('results name an option, or one per rotation, and are kept as places', () => {
  const read = (...answers: readonly unknown[]) => {
    const lines = answers.map((answer, id) => `${JSON.stringify({ id: `${id}`, answer })}\n`)
    return multipleChoiceLines.readResults!(lines.join(''), Object.keys(answers))
  }
  expect([...read('C', 1, ['a', 'B'])]).toEqual([
    ['0', '[2]'],
    ['1', '[1]'],
    ['2', '[0,1]'],
  ])
  for (const wrong of ['a cat', 26, [], [['A']], null]) expect(() => read(wrong)).toThrow('/0/answer')
})

const OPTIONS = ['a cat', 'the dog', 'two dogs', 'A']
test.each<[string, string]>([
  ['B', 'the dog'],
  ['b', 'the dog'],
  ['(c)', 'two dogs'],
  ['**B.**', 'the dog'],
  ['B) the dog', 'the dog'],
  ['C: two dogs', 'two dogs'],
  ['Option B', 'the dog'],
  ['The answer is C.', 'two dogs'],
  ['<think>A or B?</think>\nB is correct.', 'the dog'],
  ['Both are dogs.\nAnswer: C', 'two dogs'],
  ['Two dogs.', 'two dogs'],
  ['It is a dog', 'the dog'],
  ['A cat', 'a cat'],
  ['A', 'a cat'],
  ['B. The picture shows it.', 'the dog'],
])('%j names %j', (text, option) => {
  expect(readOption(text, OPTIONS)).toEqual({ answer: option })
})

test.each(['E', 'A or B', 'A, B', 'B. two dogs', 'a bird', '', '<think>B', 'A dog and a cat are shown'])(
  '%j names no option, or several, and is unscored',
  (text) => {
    expect(readOption(text, OPTIONS)).toMatchObject({ unreadable: expect.any(String) as string })
  },
)

test.each([
  ['p.m.', ['a.m.', 'p.m.'], 'p.m.'],
  ['A.I. research', ['sport', 'A.I. research'], 'A.I. research'],
  ['u.s', ['China', 'U.S.'], 'U.S.'],
  ['B.', ['A.', 'B', 'x'], 'B'],
])('%j is the text of an option, whatever letter it begins with', (text, options, answer) => {
  expect(readOption(text, options)).toEqual({ answer })
})

test('a rotation shows each option first in turn; the right one stays right', () => {
  const asked = { ...LINE, task: 'multiple_choice', cluster: 'q1', image: null, answer: 1, category: '' } as MultipleChoiceItem
  expect([0, 1, 2].map((by) => rotated(asked, by))).toEqual([
    asked,
    { ...asked, options: ['a dog', 'two dogs', 'a cat'], answer: 0 },
    { ...asked, options: ['two dogs', 'a cat', 'a dog'], answer: 2 },
  ])
  const [message] = multipleChoice.prompt!.render(multipleChoice.prompt!.template, rotated(asked, 2))
  expect(message!.content).toEqual([
    {
      type: 'text',
      text: "What is it?\nA. two dogs\nB. a cat\nC. a dog\nAnswer with the option's letter from the given choices directly.",
    },
  ])
})
