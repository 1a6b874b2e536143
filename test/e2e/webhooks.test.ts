/**
 * Incoming webhooks that start runs, and outgoing ones about their ends, over real HTTP.
 * @module
 */
import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { apiClient, type ApiClient, type Dataset } from '../../scripts/api-client.ts'
import { smokeTest } from '../../scripts/deploy/smoke-test.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import { type EndpointServer, startEndpointServer } from '../endpoint-server/server.ts'
import { endOf, pagesOf, runPath, startRun } from '../support/runs.ts'
import { resultsForm, vqaForm } from '../support/tiny-datasets.ts'
import { PATIENCE } from '../support/patience.ts'
import { type Assay, startAssay } from './harness.ts'

interface Trigger {
  readonly id: string
  readonly url: string
  readonly secret?: string
}

interface Target {
  readonly id: string
  readonly secret: string
}

/** Secret of the GitHub trigger. */
const GITHUB_SECRET = 'a secret of sixteen characters or more'

let assay: Assay
let api: ApiClient
let receiver: EndpointServer
let dataset: Dataset
let evalId: string
let subject: { type: 'results'; file_id: string; name: string }

beforeAll(async () => {
  receiver = await startEndpointServer()
  assay = await startAssay({
    allowLoopback: true,
    scheduleEvery: 500,
    bindings: { ENDPOINT_SECRET_FORGE: 'a token of the forge' },
  })
  api = apiClient(assay.url, assay.key.key)
  dataset = await api.upload('/v1/datasets', vqaForm('webhooks', 4))
  evalId = (
    await api.post<{ id: string }>('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }],
    })
  ).id
  subject = { type: 'results', file_id: (await api.upload<{ id: string }>('/v1/files', resultsForm(4))).id, name: 'answers' }
  await api.post('/v1/endpoints', { name: 'slow', base_url: `${receiver.url}/v1`, timeout_ms: 120_000 })
})

afterAll(async () => {
  await assay?.stop()
  await receiver?.close()
})

const runsOf = async () => (await pagesOf<RunObject>(api, `/v1/evals/${evalId}/runs`, 'limit=100')).flatMap(({ data }) => data)

async function makeTrigger(scheme: 'github' | 'standard_webhooks', secret?: string): Promise<Trigger> {
  const run = { name: `by ${scheme}`, data_source: { type: 'dataset', dataset: dataset.id, subject } }
  return api.post('/v1/triggers', { name: scheme, eval_id: evalId, scheme, run, ...(secret === undefined ? {} : { secret }) })
}

const deliver = (url: string, body: string, headers: Record<string, string>) =>
  fetch(assay.url + url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

/** Signs like GitHub, independently of the code under test. */
const github = (body: string, secret = GITHUB_SECRET) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  'x-github-event': 'push',
  'x-github-delivery': randomUUID(),
})

/** Signs like Standard Webhooks 1.0.0. */
function standard(body: string, secret: string, id = `msg_${randomUUID()}`, at = Date.now() / 1000) {
  const timestamp = String(Math.floor(at))
  const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(`${id}.${timestamp}.${body}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac.digest('base64')}` }
}

const payload = () => JSON.stringify({ after: randomUUID() })

interface Case {
  readonly trigger: Trigger
  /** A fresh signature each time, of the same delivery. */
  sign(body: string, delivery: string): Record<string, string>
}

describe.each(['github', 'standard_webhooks'] as const)('deliveries signed as %s', (scheme) => {
  let of: Case

  beforeAll(async () => {
    if (scheme === 'github') of = { trigger: await makeTrigger(scheme, GITHUB_SECRET), sign: (body) => github(body) }
    else {
      const trigger = await makeTrigger(scheme)
      of = { trigger, sign: (body, delivery) => standard(body, trigger.secret!, delivery) }
    }
  })

  test('start a run, and their repeats answer with the same one', async () => {
    const [body, delivery] = [payload(), `msg_${randomUUID()}`]
    const first = await deliver(of.trigger.url, body, of.sign(body, delivery))
    expect(first.status, await first.clone().text()).toBe(201)
    const run = (await first.json()) as RunObject
    expect(run).toMatchObject({ object: 'eval.run', name: `by ${scheme}`, eval_id: evalId })
    const again = await deliver(of.trigger.url, body, of.sign(body, delivery))
    expect(again.status).toBe(200)
    expect(((await again.json()) as RunObject).id).toBe(run.id)
    expect(await endOf(api, run)).toMatchObject({ status: 'completed', result_counts: { total: 4, passed: 4 } })
    const late = await deliver(of.trigger.url, body, of.sign(body, delivery))
    expect([late.status, ((await late.json()) as RunObject).id]).toEqual([200, run.id])
  })

  test('many times at once start one run', async () => {
    const [body, delivery] = [payload(), `msg_${randomUUID()}`]
    const before = (await runsOf()).length
    const answers = await Promise.all(Array.from({ length: 6 }, () => deliver(of.trigger.url, body, of.sign(body, delivery))))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 201])
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as RunObject).id))
    expect(new Set(ids).size).toBe(1)
    expect((await runsOf()).length).toBe(before + 1)
  })

  test('of other content start another run', async () => {
    const ids = await Promise.all(
      [payload(), payload()].map(async (body) => {
        const answer = await deliver(of.trigger.url, body, of.sign(body, `msg_${randomUUID()}`))
        expect(answer.status).toBe(201)
        return ((await answer.json()) as RunObject).id
      }),
    )
    expect(new Set(ids).size).toBe(2)
  })

  test('changed on the way are refused, and start nothing', async () => {
    const body = payload()
    const before = (await runsOf()).length
    const answer = await deliver(of.trigger.url, body.replace('{', '{ '), of.sign(body, 'msg_1'))
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining('does not match') as string,
    })
    expect((await runsOf()).length).toBe(before)
  })

  test('to a trigger that was deleted find nothing', async () => {
    const gone = scheme === 'github' ? await makeTrigger(scheme, GITHUB_SECRET) : await makeTrigger(scheme)
    expect((await assay.request(`/v1/triggers/${gone.id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await deliver(gone.url, '{}', github('{}'))).status).toBe(404)
  })
})

test('GitHub asks whether anybody is there', async () => {
  const trigger = await makeTrigger('github', GITHUB_SECRET)
  const before = (await runsOf()).length
  const body = JSON.stringify({ zen: 'Keep it logically awesome.' })
  const answer = await deliver(trigger.url, body, { ...github(body), 'x-github-event': 'ping' })
  expect([answer.status, await answer.json()]).toEqual([200, { object: 'pong' }])
  expect(
    (await deliver(trigger.url, body, { ...github(body, 'another secret entirely'), 'x-github-event': 'ping' })).status,
  ).toBe(401)
  expect((await runsOf()).length).toBe(before)
})

test.each([
  ['ten minutes old', -600, /more than 300 s ago/],
  ['ten minutes early', 600, /more than 300 s ahead/],
])('a Standard Webhooks delivery that is %s is refused', async (_what, seconds, detail) => {
  const trigger = await makeTrigger('standard_webhooks')
  const body = payload()
  const answer = await deliver(trigger.url, body, standard(body, trigger.secret!, 'msg_1', Date.now() / 1000 + seconds))
  expect(answer.status).toBe(401)
  expect(((await answer.json()) as { detail: string }).detail).toMatch(detail)
})

test('a repeat finds its run even when its dataset is gone', async () => {
  const doomed = await api.upload<Dataset>('/v1/datasets', vqaForm('doomed', 4))
  const run = { data_source: { type: 'dataset', dataset: doomed.id, subject } }
  const trigger = await api.post<Trigger>('/v1/triggers', {
    name: 'doomed',
    eval_id: evalId,
    scheme: 'github',
    secret: GITHUB_SECRET,
    run,
  })
  const body = payload()
  const started = (await (await deliver(trigger.url, body, github(body))).json()) as RunObject
  await endOf(api, started)
  expect((await assay.request(`/v1/datasets/${doomed.id}`, { method: 'DELETE' })).status).toBe(200)
  const again = await deliver(trigger.url, body, github(body))
  expect([again.status, ((await again.json()) as RunObject).id]).toEqual([200, started.id])
  const other = payload()
  expect((await deliver(trigger.url, other, github(other))).status).toBe(404)
})

test('secrets are shown once, and only where they were made here', async () => {
  const made = await makeTrigger('standard_webhooks')
  expect(made.secret).toMatch(/^whsec_/)
  expect(await makeTrigger('github', GITHUB_SECRET)).not.toHaveProperty('secret')
  const target = await api.post<Target>('/v1/webhook_endpoints', { url: `${receiver.url}/webhook` })
  const lists = await Promise.all(
    ['/v1/triggers', '/v1/webhook_endpoints'].map(async (path) => (await assay.request(`${path}?limit=100`)).text()),
  )
  for (const secret of [made.secret!, target.secret, GITHUB_SECRET]) expect(lists.join('')).not.toContain(secret)
  expect((await assay.request(`/v1/webhook_endpoints/${target.id}`, { method: 'DELETE' })).status).toBe(200)
})

/** Passes what it gets on to a trigger, as a chat bot or a hub of webhooks would. */
async function startRelay(to: () => string, pass: (request: IncomingMessage, body: string) => RequestInit & { body: string }) {
  const statuses: number[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      response.writeHead(204).end()
      const init = pass(request, Buffer.concat(chunks).toString())
      statuses.push((await fetch(assay.url + to(), { method: 'POST', ...init })).status)
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    statuses,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

describe('a circle of trigger, run and webhook ends', () => {
  const forwarded = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature']

  test.each([
    [
      'through a relay that passes everything on',
      (request: IncomingMessage, body: string) => ({
        body,
        headers: Object.fromEntries(
          [...forwarded, 'assay-chain-depth'].map((name) => [name, String(request.headers[name] ?? '')]),
        ),
      }),
    ],
    [
      'through a relay that passes the payload on and signs it anew',
      (_request: IncomingMessage, body: string, secret: string) => ({
        body: JSON.stringify({ wrapped: JSON.parse(body) as unknown }),
        headers: standard(JSON.stringify({ wrapped: JSON.parse(body) as unknown }), secret),
      }),
    ],
    [
      'through a relay that passes nothing on but the depth',
      (request: IncomingMessage, _body: string, secret: string) => ({
        body: '{}',
        headers: { ...standard('{}', secret), 'assay-chain-depth': String(request.headers['assay-chain-depth']) },
      }),
    ],
  ])('%s', async (_what, pass) => {
    const before = (await runsOf()).length
    const made: { trigger?: Trigger; secret?: string } = {}
    const relay = await startRelay(
      () => made.trigger!.url,
      (request, body) => pass(request, body, made.secret!),
    )
    const target = await api.post<Target>('/v1/webhook_endpoints', { url: relay.url })
    made.secret = target.secret
    made.trigger = await makeTrigger('standard_webhooks', target.secret)
    try {
      await startRun(api, evalId, dataset.id, subject)
      await vi.waitFor(() => expect(relay.statuses.at(-1)).toBe(422), PATIENCE)
      expect(relay.statuses).toEqual([...Array<number>(8).fill(201), 422])
      expect((await runsOf()).length - before).toBe(9)
    } finally {
      await assay.request(`/v1/webhook_endpoints/${target.id}`, { method: 'DELETE' })
      await relay.close()
    }
  })
})

describe('events', () => {
  let target: Target

  beforeEach(async () => {
    receiver.control({ reset: true })
    target = await api.post<Target>('/v1/webhook_endpoints', { url: `${receiver.url}/webhook` })
    return async () => {
      await assay.request(`/v1/webhook_endpoints/${target.id}`, { method: 'DELETE' })
    }
  })

  const received = (run: RunObject) => receiver.requests.webhooks.filter(({ body }) => body.includes(run.id))

  /** Reads the event like a receiver, with OpenAI's SDK. */
  async function unwrapped(run: RunObject) {
    const client = new OpenAI({ apiKey: 'unused', webhookSecret: target.secret })
    return Promise.all(received(run).map(({ body, headers }) => client.webhooks.unwrap(body, headers)))
  }

  /** Long enough for a second event, if there were one. */
  const settle = () => new Promise((resolve) => setTimeout(resolve, 1500))

  test('one, signed, when a run has succeeded, with the verdict of its gate', async () => {
    const gate = [{ type: 'threshold', criterion: 'accuracy', at_least: 0.9 }]
    const run = await endOf(api, await startRun(api, evalId, dataset.id, subject, { gate }))
    expect(run.gate).toMatchObject({ verdict: 'passed', conditions: [{ passed: true, actual: 1 }] })
    await vi.waitFor(() => expect(received(run)).toHaveLength(1), PATIENCE)
    await settle()
    expect(await unwrapped(run)).toEqual([
      {
        id: received(run)[0]!.headers['webhook-id'],
        object: 'event',
        type: 'eval.run.succeeded',
        created_at: expect.any(Number) as number,
        data: { id: run.id, gate: 'passed' },
      },
    ])
    const forged = new OpenAI({ apiKey: 'unused', webhookSecret: `whsec_${Buffer.alloc(32).toString('base64')}` })
    const { body, headers } = received(run)[0]!
    await expect(forged.webhooks.unwrap(body, headers)).rejects.toThrow()
  })

  test('one, when a run was canceled', async () => {
    receiver.control({ failures: [{ delay_ms: 60_000, times: 100 }] })
    const run = await startRun(api, evalId, dataset.id, { type: 'endpoint', endpoint: 'slow', model: 'm' })
    await api.post(runPath(run), {})
    await api.post(runPath(run), {})
    await vi.waitFor(() => expect(received(run)).toHaveLength(1), PATIENCE)
    await settle()
    expect(await unwrapped(run)).toMatchObject([{ type: 'eval.run.canceled', data: { id: run.id } }])
  })

  test('again, under the same id, to a receiver that failed at first', async () => {
    receiver.control({ failures: [{ route: 'webhook', status: 500 }] })
    const begun = performance.now()
    const run = await startRun(api, evalId, dataset.id, subject)
    await vi.waitFor(() => expect(received(run)).toHaveLength(2), { timeout: PATIENCE, interval: 100 })
    // The schedule's first pause, minus the error of the clock.
    expect(performance.now() - begun).toBeGreaterThan(4900)
    await settle()
    expect(received(run).map(({ status }) => status)).toEqual([500, 204])
    expect(new Set(received(run).map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect((await unwrapped(run)).map(({ type }) => type)).toEqual(['eval.run.succeeded', 'eval.run.succeeded'])
  })

  test('none any more to a receiver that is gone', async () => {
    receiver.control({ failures: [{ route: 'webhook', status: 410, times: 2 }] })
    const sample = await api.post(`/v1/webhook_endpoints/${target.id}/test`, { event_type: 'eval.run.failed' })
    expect(sample).toMatchObject({
      status_code: 410,
      success: true,
      delivered: false,
      refusal: expect.stringMatching(/switch this webhook endpoint off/) as string,
    })
    const run = await endOf(api, await startRun(api, evalId, dataset.id, subject))
    const disabled = async () =>
      (await api.get<{ data: { id: string; disabled_at: number | null }[] }>('/v1/webhook_endpoints?limit=100')).data.find(
        ({ id }) => id === target.id,
      )!.disabled_at
    await vi.waitFor(async () => expect(await disabled()).not.toBeNull(), { timeout: PATIENCE, interval: 200 })
    expect(received(run)).toHaveLength(1)
    const next = await endOf(api, await startRun(api, evalId, dataset.id, subject))
    await settle()
    expect(received(next)).toEqual([])
  })
})

describe('a trigger that reads the payload', () => {
  const SHA = 'a'.repeat(40)
  const push = (branch: string, path: string) =>
    JSON.stringify({
      ref: `refs/heads/${branch}`,
      after: SHA,
      nonce: randomUUID(),
      repository: { full_name: 'me/mine' },
      commits: [{ added: [path], modified: [], removed: [] }],
    })

  test('ignores other branches and files, names the run by the commit, and sends it the verdict', async () => {
    receiver.control({ reset: true })
    const trigger = await api.post<Trigger>('/v1/triggers', {
      name: 'pushes',
      eval_id: evalId,
      scheme: 'github',
      secret: GITHUB_SECRET,
      filter: { events: ['push'], branches: ['main'], paths: ['models/**'] },
      run: {
        name: 'commit {{payload.after}}',
        metadata: { ref: '{{payload.ref}}' },
        data_source: { type: 'dataset', dataset: dataset.id, subject },
        gate: [{ type: 'threshold', criterion: 'accuracy', at_least: 0.9 }],
      },
      commit_status: {
        repository: '{{payload.repository.full_name}}',
        sha: '{{payload.after}}',
        secret_name: 'ENDPOINT_SECRET_FORGE',
        api_url: receiver.url,
      },
    })
    const before = (await runsOf()).length
    for (const [body, event, reason] of [
      [push('other', 'models/a'), 'push', /branch "other"/],
      [push('main', 'docs/a'), 'push', /none of 1 changed paths/],
      [push('main', 'models/a'), 'pull_request', /event "pull_request"/],
    ] as const) {
      const answer = await deliver(trigger.url, body, { ...github(body), 'x-github-event': event })
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { object: 'delivery.ignored', reason: expect.stringMatching(reason) as string },
      ])
    }
    expect((await runsOf()).length).toBe(before)

    const body = push('main', 'models/clip/vision.onnx')
    const run = (await (await deliver(trigger.url, body, github(body))).json()) as RunObject
    expect(run).toMatchObject({ name: `commit ${SHA}`, metadata: { ref: 'refs/heads/main' } })
    await endOf(api, run)
    await vi.waitFor(() => expect(receiver.requests.statuses.map(({ state }) => state)).toContain('success'), PATIENCE)
    expect(receiver.requests.statuses).toContainEqual({
      path: `/repos/me/mine/statuses/${SHA}`,
      authorization: 'Bearer a token of the forge',
      state: 'success',
      context: 'assay',
      description: 'gate passed (1 conditions)',
    })
  })

  test('refuses a payload that lacks what it names, and a member that would send a token', async () => {
    const run = { name: '{{payload.after}}', data_source: { type: 'dataset', dataset: dataset.id, subject } }
    const trigger = { name: 'named', eval_id: evalId, scheme: 'github', secret: GITHUB_SECRET, run }
    const { url } = await api.post<Trigger>('/v1/triggers', trigger)
    for (const [body, detail] of [
      ['{}', /^\/run\/name: the placeholder \{\{payload\.after\}\} has no value/],
      ['payload=%7B%7D', /is not JSON/],
    ] as const) {
      const answer = await deliver(url, body, github(body))
      expect(answer.status).toBe(400)
      expect(((await answer.json()) as { detail: string }).detail).toMatch(detail)
    }
    const member = await api.post<{ key: string }>('/v1/keys', { name: 'm', role: 'member' })
    const status = {
      repository: 'me/mine',
      sha: '{{payload.after}}',
      secret_name: 'ENDPOINT_SECRET_FORGE',
      api_url: receiver.url,
    }
    await expect(apiClient(assay.url, member.key).post('/v1/triggers', { ...trigger, commit_status: status })).rejects.toThrow(
      /403/,
    )
  })
})

describe('the smoke test of a deployment', () => {
  const outcomes = async (key: string | undefined, url = assay.url) =>
    Object.fromEntries(
      (await smokeTest({ url, key, say: () => {} })).map(({ name, outcome, detail }) => [name, [outcome, detail]]),
    )

  test('passes here, and leaves nothing behind', async () => {
    const before = await leftovers()
    const checks = await outcomes(assay.key.key)
    expect(checks).toEqual(
      Object.fromEntries(
        ['health', 'score', 'shared memory', 'run and trigger', 'event', 'egress'].map((name) => [
          name,
          ['passed', expect.any(String) as string],
        ]),
      ),
    )
    expect(await leftovers()).toEqual(before)
  })

  test('says what fails, and what cannot be tested', async () => {
    expect(await outcomes(undefined)).toMatchObject({
      score: ['passed', expect.anything()],
      egress: ['skipped', expect.stringContaining('ASSAY_KEY')],
    })
    expect(await outcomes(`assay_${'a'.repeat(16)}_${'b'.repeat(43)}`)).toMatchObject({
      'shared memory': ['failed', expect.stringContaining('401')],
      'run and trigger': ['failed', expect.stringContaining('401')],
      egress: ['failed', expect.stringContaining('401')],
    })
    expect(await outcomes(undefined, 'http://127.0.0.1:2')).toEqual({
      health: ['failed', expect.stringContaining('ECONNREFUSED')],
    })
  })

  const leftovers = () =>
    Promise.all(
      ['datasets', 'evals', 'triggers', 'endpoints', 'webhook_endpoints'].map(
        async (list) =>
          (await pagesOf<{ id?: string; name: string }>(api, `/v1/${list}`, 'limit=100')).flatMap(({ data }) => data).length,
      ),
    )
})
