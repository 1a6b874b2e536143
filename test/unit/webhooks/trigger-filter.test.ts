import { describe, expect, test } from 'vitest'
import { matchesGlob } from '../../../src/webhooks/glob.ts'
import { factsOf, reasonToIgnore } from '../../../src/webhooks/trigger-filter.ts'

test.each([
  ['main', 'main', true],
  ['main', 'main2', false],
  ['release/*', 'release/1', true],
  ['release/*', 'release/1/2', false],
  ['release/**', 'release/1/2', true],
  ['models/**/manifest.json', 'models/a/b/manifest.json', true],
  ['**/*.onnx', 'models/a/vision.onnx', true],
  ['**', '', true],
  ['*', '', true],
  ['v?.?', 'v1.2', true],
  ['v?', 'v/', false],
  ['a.c', 'abc', false],
  ['(a|b)+', '(a|b)+', true],
  ['*a*', 'bab', true],
  ['', 'a', false],
])('%s matches %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected)
})

const push = {
  ref: 'refs/heads/main',
  after: 'c',
  commits: [{ added: ['docs/a.md'], modified: [], removed: [] }, { modified: ['models/clip/vision.onnx'] }],
}
const pull = { action: 'opened', pull_request: { base: { ref: 'main' }, head: { ref: 'mine' } } }
const github = (event: string) => new Headers({ 'x-github-event': event })
const ignored = (filter: object, event: string, payload: unknown) =>
  reasonToIgnore(filter, factsOf(github(event), 'github', payload))

describe('a delivery', () => {
  test.each([
    [{ events: ['push'] }, 'push', push, null],
    [{ events: ['pull_request'] }, 'push', push, /event "push" is none of pull_request/],
    [{ branches: ['main'] }, 'push', push, null],
    [{ branches: ['release/*'] }, 'push', push, /branch "main"/],
    [{ branches: ['**'] }, 'push', { ...push, ref: 'refs/tags/v1' }, /names no branch/],
    [{ branches: ['**'] }, 'push', { ...push, deleted: true }, /names no branch/],
    [{ branches: ['main'], actions: ['opened'] }, 'pull_request', pull, null],
    [{ branches: ['mine'] }, 'pull_request', pull, /branch "main"/],
    [{ actions: ['closed'] }, 'pull_request', pull, /action "opened"/],
    [{ actions: ['closed'] }, 'push', push, /names no action/],
    [{ paths: ['models/**'] }, 'push', push, null],
    [{ paths: ['src/**'] }, 'push', push, /none of 2 changed paths/],
    [{ paths: ['**'] }, 'pull_request', pull, /none of 0 changed paths/],
    [{ branches: ['main'] }, 'workflow_run', { workflow_run: { head_branch: 'main' } }, null],
  ])('%j, %s', (filter, event, payload, reason) => {
    const seen = ignored(filter, event, payload)
    if (reason === null) expect(seen).toBeNull()
    else expect(seen).toMatch(reason)
  })

  test('of any shape is read without a fault', () => {
    for (const payload of [null, 1, 'x', [], { ref: 1, commits: [null, { added: [1] }, 'x'] }, { pull_request: { base: null } }])
      expect(ignored({ branches: ['main'] }, 'push', payload)).toMatch(/names no branch/)
  })

  test('of Standard Webhooks has its event in the signed payload', () => {
    const facts = factsOf(github('push'), 'standard_webhooks', { type: 'eval.run.succeeded' })
    expect(facts.event).toBe('eval.run.succeeded')
  })

  test('with many files is read up to a limit', () => {
    const added = Array.from({ length: 30_000 }, (_, index) => `f${index}`)
    expect(factsOf(github('push'), 'github', { commits: [{ added }] }).paths).toHaveLength(20_000)
  })
})
