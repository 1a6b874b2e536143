/**
 * A model behind an external endpoint as the subject of a run: real HTTP to a server that can be told to
 * fail, on this machine.
 * @module
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { apiClient, type ApiClient, type Dataset } from '../../scripts/api-client.ts'
import type { Report } from '../../src/contracts/report.ts'
import type { OutputItem } from '../../src/http/routes/runs/output-item-schema.ts'
import type { RunObject } from '../../src/http/routes/runs/schema.ts'
import type { FailureRequest } from '../endpoint-server/failures.ts'
import { type EndpointServer, startEndpointServer } from '../endpoint-server/server.ts'
import { endOf, outputItems, startRun } from '../support/runs.ts'
import { pictures, vqaForm } from '../support/tiny-datasets.ts'
import { type Assay, startAssay } from './harness.ts'

const ITEMS = 12
/** Milliseconds. A busy machine takes less for an answer that is not held back. */
const TIMEOUT = 120_000
const HASTE = 2000
const NEVER = 600_000
const SECRET = 'sk-the-right-secret-0123456789'
const WRONG_SECRET = 'sk-a-wrong-secret-9876543210'
const PROMPT = 'Look.\n{{item.question}}\nyes or no?'

let assay: Assay
let api: ApiClient
let gpu: EndpointServer
let dataset: Dataset
let evalId: string

beforeAll(async () => {
  gpu = await startEndpointServer({ apiKey: SECRET })
  assay = await startAssay({
    allowLoopback: true,
    bindings: { ENDPOINT_SECRET_GPU: SECRET, ENDPOINT_SECRET_WRONG: WRONG_SECRET },
  })
  api = apiClient(assay.url, assay.key.key)
  dataset = await api.upload('/v1/datasets', vqaForm('asked', ITEMS))
  evalId = (
    await api.post<{ id: string }>('/v1/evals', {
      data_source_config: { type: 'dataset', task: 'vqa' },
      testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }],
    })
  ).id
  const endpoint = { base_url: `${gpu.url}/v1`, secret_name: 'ENDPOINT_SECRET_GPU', timeout_ms: TIMEOUT, max_attempts: 3 }
  await api.post('/v1/endpoints', { ...endpoint, name: 'gpu', concurrency: 3 })
  await api.post('/v1/endpoints', { ...endpoint, name: 'serial', concurrency: 1 })
  await api.post('/v1/endpoints', { ...endpoint, name: 'hasty', timeout_ms: HASTE })
  await api.post('/v1/endpoints', { ...endpoint, name: 'stubborn', timeout_ms: HASTE, max_attempts: 10 })
  await api.post('/v1/endpoints', { ...endpoint, name: 'locked', secret_name: 'ENDPOINT_SECRET_WRONG' })
  await api.post('/v1/endpoints', { ...endpoint, name: 'open', secret_name: null })
})

afterAll(async () => {
  await assay?.stop()
  await gpu?.close()
})

beforeEach(() => gpu.control({ reset: true }))

interface Asked {
  readonly run: RunObject
  readonly report: Report
  readonly samples: readonly OutputItem[]
}

/** A run that tolerates errored items, unless all are errored. */
async function ask(endpoint: string, failures: readonly FailureRequest[] = [], more: object = {}): Promise<Asked> {
  gpu.control({ failures })
  const before = gpu.requests.chatCount
  const subject = { type: 'endpoint', endpoint, model: 'test-vqa', prompt: PROMPT, ...more }
  const run = await endOf(api, await startRun(api, evalId, dataset.id, subject, { max_errored: 1 }))
  expect(run.status).toBe(run.result_counts.errored === ITEMS ? 'failed' : 'completed')
  expect(run.per_model_usage[0]!.invocation_count).toBe(gpu.requests.chatCount - before)
  return { run, report: run.report as unknown as Report, samples: await outputItems(api, run) }
}

const question = (id: number) => `Is this question ${id}?`
const of = ({ samples }: Asked, id: number) => samples.find(({ datasource_item }) => datasource_item['id'] === String(id))!
const overall = ({ report }: Asked) => report.criteria[0]!.metrics[0]!
const answers = ({ samples }: Asked) => samples.map(({ sample }) => sample.output[0]?.content ?? null)

describe('an endpoint that answers', () => {
  test('is asked once per item, with picture, question, parameters and its secret', async () => {
    const asked = await ask('gpu', [], { sampling_params: { temperature: 0, seed: 7, max_completion_tokens: 8 } })
    const { chats, chatCount } = gpu.requests
    expect(chatCount).toBe(ITEMS)
    const ids = Array.from({ length: ITEMS }, (_, index) => 1000 + index)
    expect(chats.map(({ prompt }) => prompt).toSorted()).toEqual(ids.map((id) => `Look.\n${question(id)}\nyes or no?`))
    for (const chat of chats) {
      expect(chat).toMatchObject({
        authorization: `Bearer ${SECRET}`,
        model: 'test-vqa',
        parameters: { temperature: 0, seed: 7, max_completion_tokens: 8 },
      })
    }
    const sent = new Set(pictures(ITEMS / 2).map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')))
    expect(new Set(chats.map(({ imageSha256 }) => imageSha256))).toEqual(sent)
    expect(asked.run.model).toBe('test-vqa')
    // All ten people said yes.
    const yes = answers(asked).filter((answer) => answer === 'yes').length
    expect(asked.run.result_counts).toEqual({ total: ITEMS, passed: yes, failed: ITEMS - yes, errored: 0 })
    expect(overall(asked)).toMatchObject({ value: yes / ITEMS, n: ITEMS, errored: 0, unscored: 0 })
  })

  test('has its tokens summed', async () => {
    const { run, samples } = await ask('gpu')
    const usage = samples.map(({ sample }) => sample.usage)
    const sum = (key: 'prompt_tokens' | 'completion_tokens' | 'total_tokens') => usage.reduce((total, one) => total + one[key], 0)
    // "Look.", "Is this question 1000?" and "yes or no?" are eight words, the answer is one.
    expect(usage).toEqual(samples.map(() => ({ prompt_tokens: 8, completion_tokens: 1, total_tokens: 9, cached_tokens: 0 })))
    expect(run.per_model_usage).toEqual([
      {
        model_name: 'test-vqa',
        invocation_count: ITEMS,
        prompt_tokens: sum('prompt_tokens'),
        completion_tokens: ITEMS,
        total_tokens: 9 * ITEMS,
        cached_tokens: 0,
      },
    ])
  })

  test.each([
    ['gpu', 3],
    ['serial', 1],
  ])('called %s is asked for at most %i items at once, and the same comes out', async (endpoint, bound) => {
    const asked = await ask(endpoint, [{ delay_ms: 250, times: ITEMS }])
    expect(asked.run.progress.shards).toBe(Math.ceil(ITEMS / (8 * bound)))
    // Shards are separate invocations, each with a bound of its own.
    expect(gpu.requests.maxConcurrency).toBeLessThanOrEqual(bound * asked.run.progress.shards)
    if (bound > 1) expect(gpu.requests.maxConcurrency).toBeGreaterThan(1)
    expect(answers(asked)).toEqual(answers(await ask('gpu')))
  })

  test('without a secret is sent none', async () => {
    await ask('open')
    expect(new Set(gpu.requests.chats.map(({ authorization }) => authorization))).toEqual(new Set([null]))
  })
})

describe('an endpoint that fails', () => {
  test('for a while is asked again, as it asks to be, and nothing shows but the time', async () => {
    const good = await ask('gpu')
    gpu.control({ reset: true })
    const begun = performance.now()
    const asked = await ask('gpu', [
      { match: question(1001), status: 429, retry_after: 2 },
      { match: question(1002), status: 500, times: 2 },
      { match: question(1003), status: 503 },
      { match: question(1005), body: 'hang_up' },
      { match: question(1006), status: 529, body: 'garbage' },
    ])
    expect(performance.now() - begun).toBeGreaterThan(2000)
    expect(gpu.requests.chatCount).toBe(ITEMS + 6)
    expect(asked.run.result_counts).toEqual(good.run.result_counts)
    expect(answers(asked)).toEqual(answers(good))
    expect(asked.run.report_digest).toBe(good.run.report_digest)
  })

  test('for good makes errored samples, never wrong ones', async () => {
    const good = await ask('gpu')
    gpu.control({ reset: true })
    const forever = 100
    const FAILING: Record<number, [FailureRequest, code: string, calls: number]> = {
      1001: [{ status: 500, times: forever }, 'endpoint_status_500', 3],
      1002: [{ status: 400, times: forever }, 'endpoint_status_400', 1],
      1004: [{ body: 'hang_up', times: forever }, 'endpoint_network', 3],
      1005: [{ body: 'garbage', times: forever }, 'endpoint_bad_response', 3],
      1006: [{ body: 'empty', times: forever }, 'endpoint_bad_response', 3],
      1007: [{ status: 429, retry_after: 0, times: forever }, 'endpoint_status_429', 3],
      1008: [{ status: 500, headers: { 'x-should-retry': 'false' }, times: forever }, 'endpoint_status_500', 1],
    }
    const failures = Object.entries(FAILING).map(([id, [failure]]) => ({ ...failure, match: question(Number(id)) }))
    const asked = await ask('gpu', failures)
    const failing = Object.keys(FAILING).map(Number)
    for (const [id, [, code]] of Object.entries(FAILING)) {
      expect(of(asked, Number(id)), id).toMatchObject({
        status: 'error',
        results: [{ name: 'accuracy', status: 'errored', score: null, passed: false, reason: code }],
        sample: { output: [], error: { code } },
      })
    }
    const calls = Object.values(FAILING).reduce((sum, [, , count]) => sum + count, 0)
    expect(gpu.requests.chatCount).toBe(calls + ITEMS - failing.length)

    // The others are unchanged: an endpoint's failures affect neither their scores nor their counts.
    const others = good.samples.filter(({ datasource_item }) => !failing.includes(Number(datasource_item['id'])))
    for (const { datasource_item, status, results } of others)
      expect(of(asked, Number(datasource_item['id']))).toMatchObject({ status, results })
    const passed = others.filter(({ status }) => status === 'pass').length
    expect(asked.run.result_counts).toEqual({
      total: ITEMS,
      passed,
      failed: others.length - passed,
      errored: failing.length,
    })
    expect(overall(asked)).toMatchObject({ value: passed / others.length, n: others.length, errored: failing.length })
    expect(asked.report.counts).toMatchObject({ planned: ITEMS, scored: others.length, errored: failing.length })
    for (const status of ['pass', 'fail'] as const)
      expect((await outputItems(api, asked.run, `status=${status}`)).map(({ id }) => id)).toEqual(
        asked.samples.filter((sample) => sample.status === status).map(({ id }) => id),
      )
  })

  test('to answer in time is asked again, and at last its item is errored', async () => {
    const good = await ask('gpu')
    const late = await ask('stubborn', [{ match: question(1004), delay_ms: NEVER }])
    const { status, results } = of(good, 1004)
    expect(of(late, 1004)).toMatchObject({ status, results })
    gpu.control({ reset: true })
    const never = await ask('hasty', [{ match: question(1003), delay_ms: NEVER, times: 100 }])
    expect(of(never, 1003)).toMatchObject({ status: 'error', sample: { error: { code: 'endpoint_timeout' } } })
    // Other items may be late on a busy machine, too.
    expect(gpu.requests.chats.filter(({ prompt }) => prompt.includes(question(1003)))).toHaveLength(3)
  })

  test('for everything is a run that failed, with a report without a value', async () => {
    const asked = await ask('gpu', [{ status: 400, times: 100 }])
    expect(asked.run).toMatchObject({ status: 'failed', error: { code: 'too_many_errored' } })
    expect(asked.run.result_counts).toEqual({ total: ITEMS, passed: 0, failed: 0, errored: ITEMS })
    expect(overall(asked)).toMatchObject({ value: null, interval: null, n: 0, errored: ITEMS })
  })
})

describe('secrets', () => {
  test('are in no answer and nothing stored, even where the endpoint says them back', async () => {
    const asked = await ask('locked')
    expect(gpu.requests.chats.every(({ authorization }) => authorization === `Bearer ${WRONG_SECRET}`)).toBe(true)
    expect(asked.run.result_counts.errored).toBe(ITEMS)
    for (const { sample } of asked.samples) {
      expect(sample.error).toMatchObject({
        code: 'endpoint_unauthorized',
        message: expect.stringContaining('[secret]') as string,
      })
    }
    const answered = await Promise.all(
      ['/v1/endpoints', '/v1/endpoints/locked', `/v1/evals/${evalId}/runs`, asked.run.report_url, '/healthz'].map(async (path) =>
        (await assay.request(path)).text(),
      ),
    )
    const seen = [JSON.stringify(asked), ...answered, assay.output()].join('\n')
    expect(seen).toContain('endpoint_unauthorized')
    let stored = 0
    for (const entry of await readdir(assay.persistTo, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      // Skips objects that the server deletes meanwhile.
      const bytes = await readFile(join(entry.parentPath, entry.name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        return Buffer.alloc(0)
      })
      for (const secret of [SECRET, WRONG_SECRET]) expect(bytes.includes(secret), entry.name).toBe(false)
      if (bytes.includes('endpoint_unauthorized')) stored += 1
    }
    // The evidence was among what was searched.
    expect(stored).toBeGreaterThan(0)
    for (const secret of [SECRET, WRONG_SECRET]) expect(seen).not.toContain(secret)
  })
})

describe('addresses', () => {
  test.each([
    ['http://169.254.169.254/latest', /https/],
    ['https://169.254.169.254/latest', /IP address/],
    ['https://10.0.0.1/v1', /IP address/],
    ['https://[fd00::1]/v1', /IP address/],
    ['https://2130706433/v1', /IP address/],
    ['https://gpu/v1', /no domain/],
    ['https://gpu.local/v1', /not a public name/],
    ['https://user:pass@gpu.example.com/v1', /password/],
    ['https://gpu.example.com:8443/v1', /443/],
    ['ftp://gpu.example.com/v1', /https/],
  ])('%s cannot be configured', async (base_url, detail) => {
    const response = await assay.request('/v1/endpoints', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'private', base_url }),
    })
    expect(response.status).toBe(400)
    const problem = (await response.json()) as { detail: string; errors: { pointer: string }[] }
    expect(problem.errors[0]!.pointer).toBe('/base_url')
    expect(problem.detail).toMatch(detail)
  })

  test.each(['127.0.0.1', 'localhost', '[::1]'])('nor can this Worker itself, called %s', async (host) => {
    const base_url = assay.url.replace('127.0.0.1', host)
    const response = await assay.request('/v1/endpoints', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'itself', base_url }),
    })
    expect(response.status).toBe(400)
    expect(((await response.json()) as { detail: string }).detail).toMatch(/this service itself/)
  })
})
