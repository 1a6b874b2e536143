import { expect, test } from 'vitest'
import { fillCommitStatus } from '../../../src/http/routes/hooks/commit-status.ts'
import { checkPlaceholders, fillRun, namesPayload, sampleRun } from '../../../src/http/routes/hooks/fill-run.ts'
import { type CommitStatus, commitStatus } from '../../../src/contracts/trigger.ts'

const run = {
  name: 'checkpoint {{payload.after}}',
  metadata: { branch: '{{ payload.ref }}', 'a/b': '{{payload.commits[0].id}}' },
  data_source: {
    type: 'dataset',
    dataset: 'ds_1',
    subject: { type: 'endpoint', endpoint: 'gpu', model: 'mine:{{payload.after}}', prompt: '{{item.question}}' },
  },
}
const payload = { after: 'abc', ref: 'refs/heads/main', commits: [{ id: 'def' }] }

test('members of the payload stand in name, metadata and model, and nowhere else', () => {
  expect(namesPayload(run)).toBe(true)
  expect(checkPlaceholders(run)).toEqual({ namesModel: true })
  expect(fillRun(run, payload)).toEqual({
    name: 'checkpoint abc',
    metadata: { branch: 'refs/heads/main', 'a/b': 'def' },
    data_source: {
      type: 'dataset',
      dataset: 'ds_1',
      subject: { type: 'endpoint', endpoint: 'gpu', model: 'mine:abc', prompt: '{{item.question}}' },
    },
  })
  expect(sampleRun(run)).toMatchObject({ name: 'checkpoint 0', data_source: { subject: { prompt: '{{item.question}}' } } })
})

test('a run without placeholders of the payload does not need it', () => {
  const plain = { name: 'x', data_source: { input_messages: { template: '{{item.question}}' } } }
  expect(namesPayload(plain)).toBe(false)
  expect(checkPlaceholders(plain)).toEqual({ namesModel: false })
})

test('braces in the payload are not placeholders', () => {
  expect(fillRun({ name: '{{payload.a}}' }, { a: '{{payload.b}}', b: 'secret' })).toEqual({ name: '{{payload.b}}' })
})

test.each([
  [{ data_source: { dataset: '{{payload.ref}}' } }, /^\/data_source\/dataset: .*stands only in name/],
  [{ gate: [{ baseline: '{{payload.ref}}' }] }, /^\/gate\/0\/baseline: /],
  [{ name: '{{payload}}' }, /^\/name: .*is not a path/],
  [{ name: '{{item.question}}' }, /^\/name: .*is not a path/],
  [{ name: '{{payload..a}}' }, /^\/name: .*is not a path/],
  [
    { name: 'x {{payload.after}' },
    /^\/name: has "\{\{payload.after\}", which is not a placeholder: .*as in \{\{payload.after\}\}/,
  ],
  [{ metadata: { a: '{{ payload.a' } }, /^\/metadata\/a: has /],
])('%j is refused', (wrong, message) => {
  expect(() => checkPlaceholders(wrong)).toThrow(message)
})

test.each([[{ other: 1 }], [{ after: undefined }], [{ after: null }], [null], ['after'], [{ __proto__: { after: 'x' } }]])(
  'a payload without the member is refused: %j',
  (without) => {
    expect(() => fillRun(run, without)).toThrow('/name: the placeholder {{payload.after}} has no value')
  },
)

test.each(['a\0b', 'a\uD800b'])('a payload with %j is refused where a run has it: reports are UTF-8', (after) => {
  expect(() => fillRun(run, { ...payload, after })).toThrow(/^\/name: .*the payload has such a text/)
})

test.each(['https://api.github.com?x=1', 'https://api.github.com/#f', 'https://git.example.com/api?'])(
  'a commit status at %s is refused: its path would be a part of the query',
  (api_url) => {
    const status = { repository: 'a/b', sha: 'c', secret_name: 'ENDPOINT_SECRET_X', api_url }
    expect(commitStatus.safeParse(status).error?.issues).toMatchObject([
      { path: ['api_url'], message: expect.stringContaining('must have neither a query nor a fragment') as string },
    ])
  },
)

test('a commit status names a repository and a commit, and no other path of the API', () => {
  const status: CommitStatus = {
    repository: '{{payload.repository.full_name}}',
    sha: '{{payload.after}}',
    context: 'assay',
    secret_name: 'ENDPOINT_SECRET_X',
    api_url: 'https://api.github.com',
  }
  const after = 'a'.repeat(40)
  const filled = (repository: string, sha = after) =>
    fillCommitStatus(status, { repository: { full_name: repository }, after: sha })
  expect(filled('me/my.repo')).toMatchObject({ repository: 'me/my.repo', sha: after })
  for (const wrong of ['me', 'me/../..', '../x', './x', 'me/x/y', 'me/x?y', 'me/..', ''])
    expect(() => filled(wrong), wrong).toThrow(/^\/commit_status\/repository: .*is not a repository/)
  for (const wrong of ['main', 'A'.repeat(40), `${after}/..`])
    expect(() => filled('me/x', wrong), wrong).toThrow(/not the hash of a commit/)
})
