/**
 * The endpoint model against a real server over real HTTP: every failure of an endpoint, and its effect on
 * the sample.
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SampleError } from '../../../../src/contracts/model.ts'
import { SCORERS } from '../../../../src/scorers/registry.ts'
import type { VqaItem } from '../../../../src/tasks/vqa/item.ts'
import { createEgress, type Fetch } from '../../../../src/egress/egress.ts'
import { createCaller } from '../../../../src/models/endpoint/call-endpoint.ts'
import { createChatModel } from '../../../../src/models/endpoint/chat/chat-model.ts'
import { scoreItems } from '../../../../src/runs/score-items.ts'
import type { FailureRequest } from '../../../endpoint-server/failures.ts'
import { type EndpointServer, startEndpointServer } from '../../../endpoint-server/server.ts'

const KEY = 'sk-test'
const PIXELS = new TextEncoder().encode('not really a picture')
const choices = ['yes', 'no']

let server: EndpointServer

beforeAll(async () => {
  server = await startEndpointServer({ apiKey: KEY })
})
afterAll(() => server.close())
beforeEach(() => server.control({ reset: true }))

const loopbackFetch: Fetch = (url, init) => fetch(url, init)

function modelWith({ secret = KEY, timeoutMs = 2000 }: { secret?: string; timeoutMs?: number } = {}) {
  const sleeps: number[] = []
  const endpoint = { name: 'test', baseUrl: `${server.url}/v1`, timeoutMs, maxAttempts: 3, concurrency: 3 }
  const call = createCaller({
    endpoint,
    egress: createEgress({
      fetch: () => Promise.reject(new Error('nothing here goes outside')),
      loopbackFetch,
      ownHosts: ['127.0.0.1:1'],
    }),
    secret,
    sleep: async (milliseconds) => void sleeps.push(milliseconds),
    random: () => 0.5,
    now: Date.now,
  })
  const model = createChatModel({
    endpoint,
    call,
    identity: {
      type: 'endpoint',
      endpoint: 'test',
      model: 'test-vqa',
      prompt: '{{item.question}}',
      sampling: { temperature: 0, max_completion_tokens: 16 },
    },
    readImage: async () => PIXELS,
  })
  const ask = async (question: string) => {
    const { output, ...rest } = await model.run({ item: asking(question), output: 'text' })
    if (output.kind !== 'text') throw new Error(`a ${output.kind} instead of a text`)
    return { ...output, ...rest }
  }
  return { sleeps, model, ask }
}

function asking(question: string): VqaItem {
  const image = { sha256: 'a'.repeat(64), media_type: 'image/png' as const, bytes: PIXELS.length, width: 1, height: 1 }
  return { task: 'vqa', id: question, cluster: 'c', image, question, question_type: '', answer_type: '', answers: ['yes'] }
}

function outcome(promise: Promise<{ readonly text: string | null }>): Promise<string | null> {
  return promise.then(
    ({ text }) => text,
    (error: unknown) => (error instanceof SampleError ? error.code : Promise.reject(error)),
  )
}

test('the picture, the question and the key arrive as sent', async () => {
  const { ask } = modelWith()
  const answer = await ask('Is it red?')
  expect(choices).toContain(answer.text)
  expect(answer.usage).toEqual({ prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 })
  expect(server.requests.chats).toEqual([
    {
      authorization: `Bearer ${KEY}`,
      model: 'test-vqa',
      prompt: 'Is it red?',
      imageSha256: createHash('sha256').update(PIXELS).digest('hex'),
      parameters: { temperature: 0, max_completion_tokens: 16 },
    },
  ])
})

describe('one failure is retried', () => {
  test.each<[string, FailureRequest]>([
    ['408', { status: 408 }],
    ['409', { status: 409 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['503 with garbage', { status: 503, body: 'garbage' }],
    ['no status', { body: 'hang_up' }],
    ['half an answer', { body: 'truncate' }],
    ['garbage', { body: 'garbage' }],
    ['nothing', { body: 'empty' }],
    ['an answer too late', { delay_ms: 60_000 }],
  ])('%s', async (_, failure) => {
    server.control({ failures: [failure] })
    const { ask } = modelWith(failure.delay_ms === undefined ? {} : { timeoutMs: 500 })
    const { text, evidence } = await ask('Is it red?')
    expect(choices).toContain(text)
    expect(evidence).toMatchObject({ attempts: 2 })
    expect(server.requests.chatCount).toBe(2)
  })
})

describe('a failure that stays makes an errored sample', () => {
  test.each<[string, FailureRequest]>([
    ['endpoint_status_429', { status: 429, times: 3 }],
    ['endpoint_status_500', { status: 500, times: 3 }],
    ['endpoint_network', { body: 'hang_up', times: 3 }],
    ['endpoint_network', { body: 'truncate', times: 3 }],
    ['endpoint_bad_response', { body: 'garbage', times: 3 }],
    ['endpoint_timeout', { delay_ms: 60_000, times: 3 }],
  ])('%s after three attempts', async (code, failure) => {
    server.control({ failures: [failure] })
    const { ask } = modelWith(failure.delay_ms === undefined ? {} : { timeoutMs: 100 })
    expect(await outcome(ask('Is it red?'))).toBe(code)
    expect(server.requests.chatCount).toBe(3)
  })
})

describe('a failure that would stay is not asked again', () => {
  test.each<[string, FailureRequest]>([
    ['endpoint_status_400', { status: 400 }],
    ['endpoint_status_404', { status: 404 }],
    ['endpoint_unauthorized', { status: 403 }],
    ['endpoint_status_307', { status: 307, headers: { location: '/v1/elsewhere' } }],
  ])('%s', async (code, failure) => {
    server.control({ failures: [failure] })
    expect(await outcome(modelWith().ask('Is it red?'))).toBe(code)
    expect(server.requests.chatCount).toBe(1)
  })

  test('a wrong key, which the message does not repeat though the server does', async () => {
    const error: unknown = await modelWith({ secret: 'sk-wrong' })
      .ask('Is it red?')
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'endpoint_unauthorized', message: expect.stringContaining('[secret]') as string })
    expect(String(error)).not.toContain('sk-wrong')
  })
})

test.each<[FailureRequest, number]>([
  [{ status: 429, retry_after: 7 }, 7000],
  [{ status: 503, headers: { 'retry-after-ms': '40' } }, 40],
  [{ status: 503 }, 250],
])('%j is retried after %i ms', async (failure, milliseconds) => {
  server.control({ failures: [failure] })
  const { ask, sleeps } = modelWith()
  await ask('Is it red?')
  expect(sleeps).toEqual([milliseconds])
})

test('a shard: rows in item order, no more requests at once than configured, an errored item that is not a wrong one', async () => {
  server.control({
    failures: [
      { match: 'Question 4?', status: 400 },
      { delay_ms: 60, times: 8 },
    ],
  })
  const items = Array.from({ length: 8 }, (_, index) => ({ ordinal: index, cluster: index, item: asking(`Question ${index}?`) }))
  const criteria = [{ type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021', pass_threshold: 0.5 } as const]
  const { rows, evidence } = await scoreItems(items, SCORERS.bindAll(criteria), modelWith().model)
  expect(rows.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(rows.map(({ outcomes }) => outcomes[0]!.status).filter((status) => status !== 'scored')).toEqual(['errored'])
  expect(evidence[4]).toMatchObject({ error: { code: 'endpoint_status_400' }, results: [{ status: 'errored', passed: false }] })
  // A busy machine may answer the first before the third has arrived.
  expect(server.requests.maxConcurrency).toBeLessThanOrEqual(3)
  expect(server.requests.maxConcurrency).toBeGreaterThan(1)
})

test('the control and log routes do over HTTP what the functions do', async () => {
  const failures: FailureRequest[] = [{ status: 503, times: 2 }]
  const controlled = await fetch(`${server.url}/control`, { method: 'POST', body: JSON.stringify({ failures }) })
  expect(controlled.status).toBe(200)
  await modelWith().ask('Is it red?')
  expect(await (await fetch(`${server.url}/requests`)).json()).toMatchObject({ chatCount: 3, maxConcurrency: 1 })
  expect((await fetch(`${server.url}/nowhere`)).status).toBe(404)
  expect((await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body: '{}' })).status).toBe(400)
})
