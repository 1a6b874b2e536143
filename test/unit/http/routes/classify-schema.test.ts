import { describe, expect, test } from 'vitest'
import { classifyRequest, MAX_PROMPTS } from '../../../../src/http/routes/score/classify-schema.ts'

const issuesOf = (value: unknown) =>
  classifyRequest.safeParse(value).error?.issues.map(({ path, message }) => [`/${path.join('/')}`, message] as const) ?? []

test('a label may bring its own prompts beside the templates of others', () => {
  const request = { labels: [{ label: 'dog', prompts: ['a puppy', 'a hound'] }, 'cat'], templates: ['a {}'] }
  expect(classifyRequest.parse(request)).toEqual(request)
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
