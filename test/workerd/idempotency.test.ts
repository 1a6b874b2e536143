/**
 * `Idempotency-Key` through the app, on real D1 and R2: nothing is created twice, by concurrent or repeated
 * requests or after a crash.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import OpenAI from 'openai'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { composeFetch } from '../../src/compose-fetch.ts'
import type { Services } from '../../src/http/app-context.ts'
import { createApp } from '../../src/http/app.ts'
import { createIdempotencyStore } from '../../src/storage/idempotency-store.ts'
import { prune } from '../../src/storage/pruning.ts'
import { resultsForm, vqaFiles, vqaForm } from '../support/tiny-datasets.ts'
import { testEnv } from './setup.ts'

const { DB } = testEnv
const app = createApp()
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let now: number
let services: Services
let serial = 0
const newKey = () => `key-${++serial}`

beforeEach(() => {
  now = Date.now()
  services = servicesOf()
})

/** The bearer names the tenant; messages are dropped. */
function servicesOf(): Services {
  const composed = composeFetch(testEnv)
  return {
    ...composed,
    idempotency: createIdempotencyStore(DB, { now: () => now }),
    keys: { ...composed.keys, authenticate: async (tenant) => ({ tenant, keyId: tenant, role: 'admin' as const }) },
    limits: { ...composed.limits, key: async () => true },
    queues: { ...composed.queues, sendShards: async () => {}, sendJobs: async () => {} },
  }
}

async function post(path: string, body: object, key?: string, tenant = 'idempotency', at = services): Promise<Response> {
  const form = body instanceof FormData
  const request = new Request(`https://assay.test${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tenant}`,
      ...(form ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: form ? body : JSON.stringify(body),
  })
  return handle(request, at)
}

async function handle(request: Request, at: Services): Promise<Response> {
  const context = createExecutionContext()
  const response = await app.fetch(request, { services: at }, context)
  await waitOnExecutionContext(context)
  return response
}

async function made(response: Response | Promise<Response>, status: number): Promise<{ id: string } & Record<string, unknown>> {
  const answer = await response
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  return JSON.parse(text) as { id: string }
}

const count = async (table: string, tenant = 'idempotency') =>
  (await DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE tenant_id = ?1`).bind(tenant).first<number>('n'))!

const evaluation = (name = 'an eval') => ({
  name,
  data_source_config: { type: 'dataset', task: 'vqa' },
  testing_criteria: [{ type: 'vqa_accuracy', name: 'accuracy' }],
})

let runs: string
let aRun: object
let questions: string

beforeAll(async () => {
  services = servicesOf()
  const dataset = await made(post('/v1/datasets', vqaForm('idempotency', 4)), 201)
  const file = await made(post('/v1/files', resultsForm(4)), 200)
  runs = `/v1/evals/${(await made(post('/v1/evals', evaluation()), 201)).id}/runs`
  aRun = { data_source: { type: 'dataset', dataset: dataset.id, subject: { type: 'results', file_id: file.id, name: 'strong' } } }
  const form = new FormData()
  form.set('purpose', 'evals')
  form.set('file', new File([JSON.stringify(vqaFiles(4).questions)], 'questions.json'))
  questions = (await made(post('/v1/files', form), 200)).id
})

describe('a request under a key', () => {
  /** Each route with idempotency, with a body, the resource it creates and the form of its answer. */
  const routes: readonly [what: string, table: string, status: number, path: () => string, body: (which: string) => object][] = [
    ['an eval', 'evals', 201, () => '/v1/evals', (which) => evaluation(which)],
    ['a run', 'runs', 201, () => runs, (which) => ({ ...aRun, name: which })],
    [
      'an upload',
      'uploads',
      200,
      () => '/v1/uploads',
      (which) => ({ filename: which, purpose: 'evals', bytes: 6, mime_type: 'text/plain' }),
    ],
    [
      'a file',
      'files',
      200,
      () => '/v1/files',
      (which) => {
        const form = resultsForm(4)
        const file = form.get('file') as File
        form.set('file', new File([file], which))
        return form
      },
    ],
    [
      // Too large to be parsed in memory: read from storage.
      'a large file',
      'files',
      200,
      () => '/v1/files',
      (which) => {
        const form = new FormData()
        form.set('purpose', 'evals')
        form.set('file', new File([which.repeat(2 ** 20)], 'large.txt'))
        return form
      },
    ],
    [
      'an import',
      'dataset_imports',
      202,
      () => '/v1/datasets',
      (which) => ({ name: which, format: 'vqa-v2', files: { questions, annotations: questions } }),
    ],
  ]

  test.each(routes)('makes %s once, repeats the answer, and refuses another body', async (_, table, status, path, body) => {
    const key = newKey()
    const before = await count(table)
    const first = await post(path(), body('one'), key)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    const resource = await made(first, status)
    expect(await count(table)).toBe(before + 1)
    const again = await post(path(), body('one'), `"${key}"`)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('content-type')).toBe('application/json')
    expect(await made(again, status)).toEqual(resource)
    const other = await post(path(), body('two'), key)
    expect(await other.json()).toMatchObject({
      status: 422,
      code: 'unprocessable',
      errors: [{ pointer: 'Idempotency-Key', detail: expect.stringContaining('another path or body') as string }],
    })
    expect(await count(table)).toBe(before + 1)
    expect((await made(post(path(), body('one'), newKey()), status)).id, 'another key makes another').not.toBe(resource.id)
  })

  test.each(routes)('makes %s once after a crash before the answer', async (_, table, status, path, body) => {
    const key = newKey()
    const before = await count(table)
    const { answer } = services.idempotency
    const dying = { ...services, idempotency: { ...services.idempotency, answer: async () => new Promise<never>(() => {}) } }
    void post(path(), body('one'), key, undefined, dying)
    await expect.poll(() => count(table)).toBe(before + 1)
    now += MINUTE
    services.idempotency.answer = answer
    const resource = await made(post(path(), body('one'), key), status)
    expect(await count(table)).toBe(before + 1)
    expect(await made(post(path(), body('one'), key), status)).toEqual(resource)
  })

  test('is its tenant’s own', async () => {
    const key = newKey()
    const mine = await made(post('/v1/evals', evaluation(), key), 201)
    const theirs = await made(post('/v1/evals', evaluation('of another'), key, 'another-tenant'), 201)
    expect(theirs.id).not.toBe(mine.id)
  })

  test('of the same body on another path is another request', async () => {
    const key = newKey()
    const other = `/v1/evals/${(await made(post('/v1/evals', evaluation()), 201)).id}/runs`
    await made(post(runs, aRun, key), 201)
    expect((await post(other, aRun, key)).status).toBe(422)
  })

  test('in another order of members is the same request', async () => {
    const key = newKey()
    const first = await made(post('/v1/evals', evaluation(), key), 201)
    const reordered = Object.fromEntries(Object.entries(evaluation()).toReversed())
    expect((await made(post('/v1/evals', reordered, key), 201)).id).toBe(first.id)
  })

  test('that was refused created nothing, and leaves its key free', async () => {
    const key = newKey()
    const wrong = { data_source: { type: 'dataset', dataset: 'ds_none', subject: { type: 'edge_model', model: 'assay-clip' } } }
    expect((await post(runs, wrong, key)).status).toBe(404)
    expect((await post('/v1/evals', {}, key)).status).toBe(400)
    await made(post(runs, aRun, key), 201)
  })

  test('that failed internally may continue at once, and makes no second run', async () => {
    const key = newKey()
    const before = await count('runs')
    const store = services.runs
    const broken: Services = {
      ...services,
      runs: { ...store, findRun: () => Promise.reject(new Error('D1 is out of reach')) },
    }
    expect((await post(runs, aRun, key, undefined, broken)).status).toBe(500)
    expect(await count('runs')).toBe(before + 1)
    const run = await made(post(runs, aRun, key), 201)
    expect(await count('runs')).toBe(before + 1)
    expect(await made(post(runs, aRun, key), 201)).toEqual(run)
  })

  test('finds its run even where another could no longer start', async () => {
    const key = newKey()
    const file = await made(post('/v1/files', resultsForm(4)), 200)
    const subject = { type: 'results', file_id: file.id, name: 'gone' }
    const request = { data_source: { ...(aRun as { data_source: object }).data_source, subject } }
    const dying = { ...services, idempotency: { ...services.idempotency, answer: () => Promise.reject(new Error('D1 is gone')) } }
    expect((await post(runs, request, key, undefined, dying)).status).toBe(500)
    await services.catalogue.files.delete('idempotency', file.id)
    expect((await post(runs, request, newKey())).status, 'the file is gone').toBe(404)
    const before = await count('runs')
    expect((await made(post(runs, request, key), 201))['status']).toBe('in_progress')
    expect(await count('runs')).toBe(before)
  })

  test('in flight is a conflict that says when, and that clients may retry by themselves', async () => {
    const key = newKey()
    let go!: () => void
    const gate = new Promise<void>((resolve) => (go = resolve))
    let reached!: () => void
    const arrived = new Promise<void>((resolve) => (reached = resolve))
    const { put } = services.catalogue.evals
    const slow: Services = {
      ...services,
      catalogue: {
        ...services.catalogue,
        evals: { ...services.catalogue.evals, put: async (...of) => (reached(), await gate, put(...of)) },
      },
    }
    const first = post('/v1/evals', evaluation(), key, undefined, slow)
    await arrived
    const second = await post('/v1/evals', evaluation(), key)
    expect([second.status, second.headers.get('retry-after'), second.headers.get('x-should-retry')]).toEqual([409, '1', null])
    expect(await second.json()).toMatchObject({ code: 'conflict', errors: [{ pointer: 'Idempotency-Key' }] })
    expect((await post('/v1/evals', evaluation('other'), key)).status, 'another body meanwhile').toBe(422)
    go()
    const { id } = await made(first, 201)
    expect((await made(post('/v1/evals', evaluation(), key), 201)).id).toBe(id)
  })

  test('is forgotten after a day, and not before', async () => {
    const key = newKey()
    const first = await made(post('/v1/evals', evaluation(), key), 201)
    now += DAY - 1
    expect((await made(post('/v1/evals', evaluation(), key), 201)).id).toBe(first.id)
    await prune(DB, { now: () => now }, 1000)
    expect((await made(post('/v1/evals', evaluation(), key), 201)).id, 'still there after pruning').toBe(first.id)
    now += 1
    const second = await made(post('/v1/evals', evaluation('anything'), key), 201)
    expect(second.id).not.toBe(first.id)
  })

  test('that is malformed is refused before anything is created', async () => {
    const before = await count('evals')
    const response = await post('/v1/evals', evaluation(), 'two, keys')
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ pointer: 'Idempotency-Key' }] })
    expect(await count('evals')).toBe(before)
  })
})

const crowds: readonly [table: string, status: number, path: () => string, body: () => object][] = [
  ['evals', 201, () => '/v1/evals', () => evaluation()],
  ['runs', 201, () => runs, () => aRun],
  ['uploads', 200, () => '/v1/uploads', () => ({ filename: 'x', purpose: 'evals', bytes: 6, mime_type: 'text/plain' })],
]
test.each(crowds)('fifty requests at once under one key make one of %s', async (table, status, path, body) => {
  const key = newKey()
  const before = await count(table)
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(path(), body(), key)))
  expect(await count(table)).toBe(before + 1)
  const ids = new Set<string>()
  for (const answer of answers) {
    if (answer.status === 409) continue
    ids.add((await made(answer, status)).id)
  }
  expect(ids.size).toBe(1)
  expect(ids).toContain((await made(post(path(), body(), key), status)).id)
  if (table === 'runs') {
    const [id] = ids
    const { results } = await DB.prepare(`SELECT first_ordinal, end_ordinal FROM shards WHERE run_id = ?1`).bind(id).all()
    expect(results).toEqual([{ first_ordinal: 0, end_ordinal: 4 }])
  }
})

test('fifty attempts at once whose leases have all run out make one run of one set of shards', async () => {
  const key = newKey()
  const before = await count('runs')
  // Every claim counts as the first: as if each attempt were taken for dead at once.
  const { claim } = services.idempotency
  const first = await claim('idempotency', newKey(), 'a fingerprint', '0'.repeat(31) + '7')
  if (first.outcome !== 'claimed') throw new Error('a new key was not claimed')
  const racing: Services = { ...services, idempotency: { ...services.idempotency, claim: async () => first } }
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(runs, aRun, key, undefined, racing)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(await count('runs')).toBe(before + 1)
  const { results } = await DB.prepare(`SELECT first_ordinal FROM shards WHERE run_id = ?1`)
    .bind(`evalrun_${'0'.repeat(31)}7`)
    .all()
  expect(results).toHaveLength(1)
})

describe('the unmodified openai package', () => {
  const client = (at = services) =>
    new OpenAI({
      apiKey: 'idempotency',
      baseURL: 'https://assay.test/v1',
      maxRetries: 3,
      fetch: (address, init) => handle(new Request(address as string, init), at),
    })
  const create = (of: OpenAI, key: string) => of.evals.create(evaluation() as never, { headers: { 'Idempotency-Key': key } })

  test('repeats a request by itself after an internal fault, and makes one eval', async () => {
    const key = newKey()
    const before = await count('evals')
    let faults = 0
    const flaky: Services = {
      ...services,
      idempotency: {
        ...services.idempotency,
        answer: (...of) =>
          ++faults === 1 ? Promise.reject(new Error('D1 is out of reach')) : services.idempotency.answer(...of),
      },
    }
    const { id } = await create(client(flaky), key)
    expect(faults).toBe(2)
    expect((await create(client(), key)).id).toBe(id)
    expect(await count('evals')).toBe(before + 1)
  })

  test('waits by itself for a request that is in flight', async () => {
    const key = newKey()
    const before = await count('evals')
    const made = await Promise.all(Array.from({ length: 5 }, () => create(client(), key)))
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    expect(await count('evals')).toBe(before + 1)
  })

  test('repeats a form, whose boundary is another each time', async () => {
    const headers = { 'Idempotency-Key': newKey() }
    const before = await count('files')
    const file = () => new File(['[]'], 'results.json')
    const first = await client().files.create({ file: file(), purpose: 'evals' }, { headers })
    expect(await client().files.create({ file: file(), purpose: 'evals' }, { headers })).toEqual(first)
    expect(await count('files')).toBe(before + 1)
  })
})

test('pruning forgets the oldest first, so many at a time', async () => {
  await DB.prepare(`DELETE FROM idempotency_keys`).run()
  for (let index = 0; index < 5; index++) {
    await made(post('/v1/evals', evaluation(), newKey()), 201)
    now += MINUTE
  }
  now += DAY - 2 * MINUTE
  const clock = { now: () => now }
  expect(await prune(DB, clock, 3)).toBe(3)
  expect(await prune(DB, clock, 3)).toBe(1)
  expect(await prune(DB, clock, 3)).toBe(0)
  expect(await DB.prepare(`SELECT count(*) AS n FROM idempotency_keys`).first('n')).toBe(1)
})
