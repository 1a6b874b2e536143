/** Commands against a server of this test: options, pages, exit statuses, one line per failure. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactSign } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CLIENT_COMMANDS } from '../../../../src/cli/client/commands.ts'
import { canonicalJson } from '../../../../src/contracts/canonical-json.ts'
import { digestOf } from '../../../../src/contracts/digest.ts'
import { dispatch } from '../../../../src/cli/dispatch.ts'

interface Seen {
  readonly line: string
  readonly key: string | undefined
  readonly body: string
}

const seen: Seen[] = []
/** Answers by "METHOD path"; a list is used up from the front. */
const answers = new Map<string, { status?: number; body: unknown }[]>()
const server = createServer((request, response) => void answer(request, response))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const line = `${request.method} ${request.url}`
  seen.push({ line, key: request.headers.authorization, body: await bodyOf(request) })
  const { status = 200, body } = answers.get(line)?.shift() ?? { status: 404, body: { detail: `no ${line}` } }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

let url = ''
let folder = ''

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const piece of request) body += String(piece)
  return body
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = mkdtempSync(join(tmpdir(), 'assay-client-'))
})
beforeEach(() => {
  seen.length = 0
  answers.clear()
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

async function assay(...argv: string[]) {
  const said = { stdout: '', stderr: '' }
  const status = await dispatch('assay', { noun: 'verb', commands: CLIENT_COMMANDS }, argv, {
    stdout: (text) => (said.stdout += text),
    stderr: (text) => (said.stderr += text),
    environment: { ASSAY_URL: url, ASSAY_KEY: 'assay_k' },
    work: folder,
  })
  return { status, ...said }
}

const written = (name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('every list is read to its end, with the key', async () => {
  const page = (id: string, more: boolean) => ({
    body: { data: [{ object: 'key', id, name: id, role: 'member' }], has_more: more, last_id: id },
  })
  answers.set('GET /v1/keys?limit=100', [page('key_1', true)])
  answers.set('GET /v1/keys?limit=100&after=key_1', [page('key_2', false)])
  const { status, stdout } = await assay('keys', '--json')
  expect(status).toBe(0)
  expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual(['key_1', 'key_2'])
  expect(seen.map(({ key }) => key)).toEqual(['Bearer assay_k', 'Bearer assay_k'])
})

test('a refusal of the server is status 3 and its sentence in one line; no answer likewise', async () => {
  answers.set('GET /v1/datasets?limit=100', [{ status: 403, body: { detail: 'this needs\nanother key' } }])
  expect(await assay('datasets')).toEqual({
    status: 3,
    stdout: '',
    stderr: 'assay: GET /v1/datasets?limit=100 answered 403: this needs another key\n',
  })
  const gone = await assay('datasets', '--server', 'http://127.0.0.1:9')
  expect(gone).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^assay: http:\/\/127\.0\.0\.1:9 does not answer .*\n$/) as string,
  })
})

test.each([
  [['run', 'evalrun_1'], /a run is named eval_…\/evalrun_…/],
  [['compare', 'evalrun_1'], /an argument is missing; usage: assay compare/],
  [['compare', 'a', 'b', '--margin', 'small'], /--margin must be a number, is small/],
  [['compare', 'a', 'b', '--fail-on', 'improved'], /--fail-on must be degraded/],
  [['eval', '/nowhere.yaml'], /cannot read \/nowhere\.yaml/],
  [['keys', 'steal', 'x'], /keys steal is unknown/],
  [['datasets', '--server', 'nowhere'], /--server must be an address/],
] as const)('%j is bad usage: status 2', async (argv, message) => {
  const { status, stderr } = await assay(...argv)
  expect(status).toBe(2)
  expect(stderr).toMatch(message)
  expect(stderr.trimEnd()).not.toContain('\n')
  expect(seen).toEqual([])
})

test('the file of eval is checked before anything is sent, and each problem has its place', async () => {
  const file = written('bad.yaml', 'eval: { testing_criteria: [] }\nrun: { limit: 0 }\ndataste: ds_1\n')
  const { status, stderr } = await assay('eval', file)
  expect(status).toBe(2)
  expect(stderr).toContain('/eval')
  expect(stderr).toContain('/run/limit')
  expect(stderr).toContain('dataste')
  expect(seen).toEqual([])
  expect((await assay('eval', written('no-data.json', '{"eval": "eval_1", "run": {}}'))).stderr).toContain(
    '/dataset: needs either dataset or run.data_source',
  )
  expect((await assay('eval', written('broken.json', '{'))).stderr).toContain('is neither JSON nor YAML')
})

test('compare passes its options on, and --fail-on decides the status', async () => {
  const body = { baseline: { run: 'evalrun_1', model: 'm' }, level: 0.95, results: [{ verdict: 'degraded' }] }
  answers.set('POST /v1/comparisons', [
    { status: 201, body },
    { status: 201, body },
  ])
  const argv = ['compare', 'eval_1/evalrun_1', 'evalrun_2', '--criteria', 'a,b', '--margin', '0.1', '--json']
  expect((await assay(...argv)).status).toBe(0)
  expect((await assay(...argv, '--fail-on', 'degraded')).status).toBe(1)
  expect(JSON.parse(seen[0]!.body)).toEqual({
    baseline: 'evalrun_1',
    treatments: ['evalrun_2'],
    criteria: ['a', 'b'],
    margin: 0.1,
  })
})

test('a refusal with several errors has each of them on a line of its own', async () => {
  const errors = ['a.png: is empty', 'b.heic: looks like HEIC'].map((detail, index) => ({ pointer: `images/${index}`, detail }))
  const detail = 'a.png: is empty (and 1 more picture)'
  answers.set(
    'GET /v1/datasets?limit=100',
    [errors, errors.slice(0, 1)].map((listed) => ({ status: 422, body: { detail, errors: listed } })),
  )
  expect((await assay('datasets')).stderr).toMatch(
    /: a\.png: is empty \(and 1 more picture\)\n {2}images\/0: a\.png: is empty\n {2}images\/1: b\.heic: looks like HEIC\n$/,
  )
  expect((await assay('datasets')).stderr.trim().split('\n')).toHaveLength(1)
})

describe('verify', () => {
  const run = '/v1/evals/eval_1/runs/evalrun_1'
  const report = { schema: 'assay.report/1', criteria: [] }

  /** Everything that a server in good order answers, with a change. */
  async function serve(
    change: { run?: object; manifest?: object; signature?: null; report?: object; recomputation?: object } = {},
  ) {
    const digest = await digestOf(report)
    const manifest = {
      run: { eval_id: 'eval_1', id: 'evalrun_1', ...change.run },
      report_digest: digest,
      rows: { count: 1, digest: 'r' },
    }
    const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
    const jws = await new CompactSign(new TextEncoder().encode(canonicalJson(manifest)))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'kid' })
      .sign(privateKey)
    const { kty, crv, x } = (await crypto.subtle.exportKey('jwk', publicKey)) as JsonWebKey
    const keys = { keys: [{ kty, crv, x, alg: 'EdDSA', use: 'sig', kid: 'kid' }] }
    answers.set('GET /v1/signing_keys', [{ body: keys }])
    const signature = change.signature === undefined ? jws : null
    answers.set(`GET ${run}/manifest`, [{ body: { manifest: { ...manifest, ...change.manifest }, signature } }])
    answers.set(`GET /v1/reports/${digest}`, [{ body: change.report ?? report }])
    const made = { status: 'completed', report_digest: digest, recomputed_digest: digest, equal: true, rows_equal: true }
    answers.set(`POST ${run}/recompute`, [{ body: { ...made, ...change.recomputation } }])
    return { keys, made }
  }

  const failing = ({ stdout }: { stdout: string }) => stdout.split('\n').flatMap((line) => /^(.*?) +FAILS/.exec(line)?.[1] ?? [])

  test('0 if the signature, the report, the rows and the recomputation agree', async () => {
    await serve()
    const { status, stdout } = await assay('verify', 'eval_1/evalrun_1', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ verified: true, checks: [{}, {}, {}, {}], manifest: { rows: { digest: 'r' } } })
  })

  test.each([
    [{ manifest: { seed: 1 } }, ['signature']],
    [{ signature: null }, ['signature']],
    [{ run: { id: 'evalrun_2' } }, ['signature']],
    [{ run: { eval_id: 'eval_2' } }, ['signature']],
    [{ report: { ...report, criteria: [1] } }, ['published report']],
    [{ recomputation: { equal: false, recomputed_digest: 'b' } }, ['recomputed report']],
    [{ recomputation: { rows_equal: false } }, ['recorded rows']],
    [{ recomputation: { status: 'failed', error: 'a row is damaged' } }, ['recomputed report']],
  ])('1 and the check that fails: %j', async (change, checks) => {
    await serve(change)
    const said = await assay('verify', 'eval_1/evalrun_1')
    expect(said.status).toBe(1)
    expect(failing(said)).toEqual(checks)
  })

  test('1 if none of the saved keys signed; 2 for a file without keys', async () => {
    const { keys } = await serve()
    const mine = written('keys.json', JSON.stringify(keys))
    expect((await assay('verify', 'eval_1/evalrun_1', '--keys', mine)).status).toBe(0)
    await serve()
    const said = await assay('verify', 'eval_1/evalrun_1', '--keys', mine)
    expect(said.status).toBe(1)
    expect(failing(said)).toEqual(['signature'])
    expect((await assay('verify', 'eval_1/evalrun_1', '--keys', written('no.json', '{}'))).status).toBe(2)
  })

  test('waits for the job of a large run; a run without a manifest fails', async () => {
    const { made } = await serve({ recomputation: { status: 'in_progress', equal: null, rows_equal: null } })
    answers.set(`GET ${run}/recompute`, [{ body: made }])
    expect((await assay('verify', 'eval_1/evalrun_1')).status).toBe(0)
    await serve()
    answers.set(`GET ${run}/manifest`, [{ status: 409, body: { detail: 'it ended before manifests' } }])
    const said = await assay('verify', 'eval_1/evalrun_1')
    expect(said).toMatchObject({ status: 1, stdout: expect.stringContaining('it ended before manifests') as string })
    expect(failing(said)).toEqual(['manifest'])
  })
})
