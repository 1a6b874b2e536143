import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCaption, readShortAnswer, readVerdict } from '../../../../src/tasks/answers/reader.ts'
import { withoutBoilerplate } from '../../../../src/tasks/answers/strip.ts'

test.each([
  ['red', 'red'],
  ['  Red.\n', 'Red.'],
  ['', ''],
  ['**red**', 'red'],
  ['"red"', 'red'],
  ['“a "red" bus”', 'a "red" bus'],
  ['The answer is red.', 'red.'],
  ['The answer is: **red**', 'red'],
  ['Answer: red', 'red'],
  ['Sure! The answer is red', 'red'],
  ['Based on the image, the answer is 2.', '2.'],
  ['```\nred\n```', 'red'],
  ['```text\nAnswer: red\n```', 'red'],
  ['$\\boxed{3}$', '$\\boxed{3}$'],
  ['\\boxed{3}', '3'],
  ['<think>Is it red? No: blue.</think>blue', 'blue'],
  ['<think></think>\n\nblue', 'blue'],
  ['It looks red at first.</think>\nThe answer is blue', 'blue'],
  ['<thinking>a</thinking> x <think>b</think> y', 'y'],
  ['<think>only thoughts</think>', ''],
  ['I count two dogs and a cat.\nFinal answer: 3', '3'],
  ['Step 1.\n**Answer:** yes\n', 'yes'],
  ['Answer: 1\nWait.\nAnswer: 2', '2'],
  // Nothing of these says that another text is meant.
  ['Sure.', 'Sure.'],
  ['ok', 'ok'],
  ['The answer is', 'The answer is'],
  ['The dog is brown.', 'The dog is brown.'],
  ['answering machine', 'answering machine'],
  ['5*3*2', '5*3*2'],
  ["rock 'n' roll", "rock 'n' roll"],
])('short answer %j is %j', (text, answer) => {
  expect(readShortAnswer(text)).toEqual({ answer })
})

test.each(['<think>and so on', ' <thinking>\nI see', '<think>a</think><think>b'])(
  '%j never ended, so it is not an answer',
  (text) => {
    for (const read of [readShortAnswer, readVerdict, readCaption])
      expect(read(text)).toEqual({ unreadable: expect.stringContaining('never ended') })
  },
)

test.each([
  ['True', 'true'],
  ['false.', 'false'],
  ['**True**', 'true'],
  ['**False**\n\nThe right picture has no dog.', 'false'],
  ['**True.** Both have wheels.', 'true'],
  ['Yes', 'true'],
  ['No, there is no dog.', 'false'],
  ['False. The left picture has no dog.', 'false'],
  ['True – both have wheels', 'true'],
  ['The answer is true.', 'true'],
  ['The statement is false.', 'false'],
  ['The statement is not true.', 'false'],
  ['This statement is correct', 'true'],
  ['<think>true?</think>\nFalse', 'false'],
  ['I see two dogs.\nAnswer: True', 'true'],
])('verdict %j is %s', (text, answer) => {
  expect(readVerdict(text)).toEqual({ answer })
})

test.each([
  '',
  '1',
  'maybe',
  'True or false?',
  'True, but it may be false.',
  'The statement is not false.',
  'It is hard to say whether that is true.',
  'There are no dogs.',
  'No dogs are there',
  'Trueish',
  'The statement is incorrect. It is true that a dog runs.',
])('verdict %j is unreadable', (text) => {
  expect(readVerdict(text)).toEqual({ unreadable: expect.stringContaining('neither true nor false') })
})

test.each([
  ['Two dogs run.', 'Two dogs run.'],
  ['Sure! Here is a caption for the image: "Two dogs\n run."', 'Two dogs run.'],
  ['Caption: Two dogs run.', 'Two dogs run.'],
  ['**Two dogs run.**', 'Two dogs run.'],
  ['', ''],
])('caption %j is %j', (text, answer) => {
  expect(readCaption(text)).toEqual({ answer })
})

test('several captions are unreadable', () => {
  expect(readCaption('Here are some:\n1. Two dogs.\n2. A park.')).toEqual({ unreadable: expect.stringContaining('several') })
})

test('law: reading an answer again changes nothing, and reasoning changes nothing', () => {
  const words = fc.string({
    unit: fc.constantFrom('red', 'The answer is ', 'Sure! ', '**', '"', '\n', '`', 'Answer: ', ' ', '.', 'x'),
  })
  fc.assert(
    fc.property(words, words, (text, thoughts) => {
      const once = withoutBoilerplate(text)
      if (text.length < 20) expect(withoutBoilerplate(once)).toBe(once)
      expect(readShortAnswer(`<think>${thoughts}</think>${text}`)).toEqual(readShortAnswer(text))
    }),
  )
})

test('law: a verdict is never read from a text without a word of a verdict', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!/true|false|yes|no|correct/i.test(text)) expect(readVerdict(text)).toHaveProperty('unreadable')
    }),
  )
})
