import { expect, test } from 'vitest'
import { labelPrompts } from '../../../src/contracts/label-prompts.ts'

test('without templates, the label is its own prompt', () => {
  expect(labelPrompts(['dog', 'cat'])).toEqual([
    { label: 'dog', prompts: ['dog'] },
    { label: 'cat', prompts: ['cat'] },
  ])
})

test('the label goes into every place of every template', () => {
  expect(labelPrompts(['dog', 'cat'], ['a {}', '{}, {}'])[1]).toEqual({ label: 'cat', prompts: ['a cat', 'cat, cat'] })
})

test('a label is inserted literally: neither $& nor {} in it has a meaning', () => {
  expect(labelPrompts(['$& {}'], ['a {}'])[0]!.prompts).toEqual(['a $& {}'])
})

test('a label with prompts of its own does not use the templates', () => {
  const own = { label: 'dog', prompts: ['a puppy', 'a hound'] }
  expect(labelPrompts([own, 'cat'], ['a {}']).map(({ prompts }) => prompts)).toEqual([['a puppy', 'a hound'], ['a cat']])
})
