import { describe, expect, test } from 'vitest'
import { classifyRequest, MAX_PROMPTS, promptsOf } from '../../../src/contracts/wire/classify.ts'

const issuesOf = (value: unknown) =>
  classifyRequest.safeParse(value).error?.issues.map(({ path, message }) => [`/${path.join('/')}`, message] as const) ?? []

describe('prompts', () => {
  test('are the label alone without templates, and every template with the label put in wherever it says', () => {
    expect(promptsOf({ labels: ['dog', 'cat'] })).toEqual([
      { label: 'dog', prompts: ['dog'] },
      { label: 'cat', prompts: ['cat'] },
    ])
    expect(promptsOf({ labels: ['dog', 'cat'], templates: ['a {}', '{}, {}'] })[1]).toEqual({
      label: 'cat',
      prompts: ['a cat', 'cat, cat'],
    })
  })

  test('hold the label as it is: nothing in it is a pattern', () => {
    expect(promptsOf({ labels: ['$& {}', 'cat'], templates: ['a {}'] })[0]!.prompts).toEqual(['a $& {}'])
  })

  test("of a label that brings its own are those, beside others' templates", () => {
    const request = { labels: [{ label: 'dog', prompts: ['a puppy', 'a hound'] }, 'cat'], templates: ['a {}'] }
    expect(classifyRequest.parse(request)).toEqual(request)
    expect(promptsOf(request).map(({ prompts }) => prompts)).toEqual([['a puppy', 'a hound'], ['a cat']])
  })
})

describe('refusals name the place and say what to do', () => {
  test.each([
    ['one label', { labels: ['dog'] }, '/labels', /2/],
    ['a label again', { labels: ['dog', 'cat', 'dog'] }, '/labels/2', /label at 0 again/],
    [
      'a label again, with prompts',
      { labels: ['dog', { label: 'dog', prompts: ['a hound'] }], templates: ['{}'] },
      '/labels/1/label',
      /label at 0 again/,
    ],
    ['a prompt again', { labels: ['dog', { label: 'cat', prompts: ['x', 'x'] }] }, '/labels/1/prompts/1', /weigh twice/],
    ['a template again', { labels: ['dog', 'cat'], templates: ['{}', '{}'] }, '/templates/1', /weigh twice/],
    [
      'a template without a place',
      { labels: ['dog', 'cat'], templates: ['a {}', 'a picture'] },
      '/templates/1',
      /must have \{\}/,
    ],
    [
      'templates for nobody',
      { labels: ['dog', 'cat'].map((label) => ({ label, prompts: [label] })), templates: ['a {}'] },
      '/templates',
      /would not be used/,
    ],
    ['no template', { labels: ['dog', 'cat'], templates: [] }, '/templates', /1/],
    ['white space as a label', { labels: ['dog', ' \n'] }, '/labels/1', /not be empty/],
  ])('%s', (_, value, pointer, message) => {
    const issues = issuesOf(value)
    expect(issues.map(([path]) => path)).toEqual([pointer])
    expect(issues[0]![1]).toMatch(message)
  })

  test('a prompt more than may be read, and not one fewer', () => {
    const templates = Array.from({ length: 100 }, (_, index) => `${index} {}`)
    const labels = Array.from({ length: MAX_PROMPTS / 100 }, (_, index) => `label ${index}`)
    expect(issuesOf({ labels, templates })).toEqual([])
    expect(issuesOf({ labels: [...labels, { label: 'one more', prompts: ['one'] }], templates })).toEqual([
      ['/labels', expect.stringContaining(`make ${MAX_PROMPTS + 1} prompts, at most ${MAX_PROMPTS}`)],
    ])
  })
})
