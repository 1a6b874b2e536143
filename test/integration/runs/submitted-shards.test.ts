/** Batches and jobs: nothing is sent twice and nothing is lost, whenever a consumer dies. */
import { describe, expect, test } from 'vitest'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sweep } from '../../support/run-engine.ts'
import { signStandardWebhook } from '../../../src/webhooks/standard-webhook.ts'
import { DispatchUnknown } from '../../../src/models/endpoint/deferred/dispatcher.ts'
import { Crash, type DeferredWish, SECRET } from './deferred-endpoint.ts'
import { LEASE } from './sqlite-engine.ts'
import { LATER, type Later, submissionServers } from './submission-servers.ts'

const servers = submissionServers()

const ITEMS = 12
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const open = (kind: Later = 'batch', more: Partial<Omit<DeferredWish, 'url' | 'receiver'>> = {}) =>
  servers.open(kind, { items: ITEMS, ...more })

test('a run is answered by one batch per shard, and its ledger has each request once', async () => {
  const lab = await open()
  const begun = await lab.begin()
  await lab.drain()
  const shards = () => lab.rows<{ state: string; lease_token: string | null; attempts: number }>('SELECT * FROM shards')
  // No lease is held while the endpoint works, and looking is not an attempt.
  expect(shards().map(({ state, lease_token, attempts }) => [state, lease_token, attempts])).toEqual(
    Array.from({ length: 3 }, () => ['submitted', null, 0]),
  )
  const run = await lab.finish(begun)
  expect(run.status).toBe('completed')
  expect(servers.endpoint.stats()).toMatchObject({ batches: 3, billed: ITEMS, answers_per_request: { '1': ITEMS } })
  const totals = await lab.totals(run)
  expect(totals).toMatchObject({ intents: ITEMS, settled: ITEMS, unanswered: 0, heldNano: 0 })
  expect(totals.promptTokens).toBe(servers.endpoint.stats().prompt_tokens)
  const progress = lab.rows<{ invocations: number; stored_answers: number; outcomes: string }>('SELECT * FROM run_progress')
  expect(progress).toMatchObject([{ invocations: ITEMS, stored_answers: 0, outcomes: JSON.stringify({ answered: ITEMS }) }])
})

describe.each(LATER)('a consumer of a %s that dies', (kind) => {
  test.each([
    ['before sending', 'send', 'before'],
    ['after sending', 'send', 'after'],
    ['before looking', 'poll', 'before'],
    ['after looking', 'poll', 'after'],
    ['after downloading', 'results', 'after'],
  ] as const)('%s costs time alone', async (_when, step, when) => {
    const lab = await open(kind)
    let deaths = 2
    lab.watch = (at, moment) => {
      if (at === step && moment === when && deaths-- > 0) throw new Crash()
    }
    const run = await lab.finish(await lab.begin())
    expect(run.status).toBe('completed')
    expect(deaths).toBeLessThan(1)
    expect(servers.endpoint.stats()).toMatchObject({ billed: ITEMS, answers_per_request: { '1': ITEMS } })
    const { intents, settled, unanswered, heldNano } = await lab.totals(run)
    expect({ settled, ended: settled + unanswered, heldNano }).toEqual({ settled: ITEMS, ended: intents, heldNano: 0 })
  })
})

/** Faults of the model and of the connection, a third of them each. */
const FAULTS = {
  rate_limited: 0.03,
  rate_limited_with_wait: 0.03,
  server_error: 0.03,
  unavailable: 0.03,
  dropped: 0.03,
  stalled: 0.005,
  error_inside: 0.03,
  cut: 0.03,
  truncated_json: 0.03,
  wrong_content_type: 0.03,
  empty_body: 0.02,
} as const

test.each(LATER)('a %s with every failure and two deaths loses no sample and pays for none again', async (kind) => {
  const items = 40
  servers.endpoint.turn({ faults: FAULTS, retry_after_seconds: 0, duplicated_callbacks: 0.3 })
  const lab = await open(kind, { items, maxAttempts: 8 })
  const dying = new Set([3, 9])
  let steps = 0
  lab.watch = (_step, when) => {
    if (when === 'after' && dying.has(++steps)) throw new Crash()
  }
  const run = await lab.finish(await lab.begin({}, 20))
  expect(run.status).toBe('completed')
  const { requests, billed, answers_per_request } = servers.endpoint.stats()
  const sent = requests['/v1/chat/completions']!
  // Each request was answered once, so no stored answer was paid again.
  expect(answers_per_request).toEqual({ '1': items })
  expect(sent).toBeLessThanOrEqual(1.5 * items)
  const { intents, settled, unanswered } = await lab.totals(run)
  expect(settled).toBeLessThanOrEqual(sent)
  expect(billed).toBeLessThanOrEqual(sent)
  expect(intents).toBeGreaterThanOrEqual(sent)
  expect(settled + unanswered).toBe(intents)
  const progress = lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')
  expect(progress.map(({ outcomes }) => JSON.parse(outcomes) as unknown)).toEqual([{ answered: items }])
})

test('a request that stays without an answer is errored with its reason, after all its attempts', async () => {
  servers.endpoint.turn({ faults: { server_error: 1 }, seed: 4 })
  const lab = await open('batch', { items: 4, maxAttempts: 2 })
  // Uploads fail too, so nothing is ever sent.
  const run = await lab.finish(await lab.begin({}, 4))
  expect(run).toMatchObject({ status: 'failed', error: { code: 'too_many_errored' } })
  expect(servers.endpoint.stats()).toMatchObject({ billed: 0 })
  const [progress] = lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')
  expect(JSON.parse(progress!.outcomes)).toEqual({ endpoint_status_500: 4 })
  expect(await lab.totals(run)).toMatchObject({ intents: 8, settled: 0, unanswered: 8, costNano: 0, heldNano: 0 })
})

test('a batch whose sending broke off after it arrived is looked for after two seconds', async () => {
  const lab = await open('batch', { items: 4 })
  let looks = 0
  lab.watch = (step, when) => {
    if (step === 'find' && when === 'before') looks++
    if (step === 'send' && when === 'after') throw new DispatchUnknown('the connection broke off')
  }
  const run = await lab.begin({}, 4)
  await lab.drain()
  lab.now += 2000
  await sweep(lab.engine)
  await lab.drain()
  expect(looks).toBeGreaterThan(0)
  expect(await lab.finish(run)).toMatchObject({ status: 'completed' })
  expect(servers.endpoint.stats()).toMatchObject({ billed: 4, answers_per_request: { '1': 4 } })
})

test('results that cannot be read are downloaded ever more rarely', async () => {
  const lab = await open('batch', { items: 4 })
  let downloads = 0
  lab.watch = (step, when) => {
    if (step !== 'results' || when !== 'before') return
    downloads++
    throw new DispatchUnknown('the answer is longer than 33554432 bytes')
  }
  await lab.begin({}, 4)
  await lab.drain()
  const after = async (seconds: number) => {
    lab.now += 1000 * seconds
    await sweep(lab.engine)
    await lab.drain()
    return downloads
  }
  while ((await after(600)) === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  const first = downloads
  expect(await after(30)).toBe(first)
  expect(await after(40)).toBe(first + 1)
})

test('a batch whose output stays unreadable ends after an hour: what can be read is scored, and nothing is paid twice', async () => {
  const damage = async (address: string, response: Response) => {
    if (!address.endsWith('/content')) return response
    const body = await response.text()
    return new Response(body.slice(0, body.length - 20))
  }
  const lab = await open('batch', { items: 4, damage })
  const begunAt = lab.now
  let downloads = 0
  lab.watch = (step, when) => {
    // After the first one, an hour passes but for two minutes.
    if (step === 'results' && when === 'before' && ++downloads === 2) lab.now = begunAt + 58 * 60_000
  }
  const run = await lab.finish(await lab.begin({}, 4))
  expect(lab.now - begunAt).toBeGreaterThanOrEqual(60 * 60_000)
  expect(lab.now - begunAt).toBeLessThan(65 * 60_000)
  expect(run.status).toBe('completed')
  const [progress] = lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')
  expect(JSON.parse(progress!.outcomes)).toEqual({ answered: 3, endpoint_unreadable_results: 1 })
  expect(servers.endpoint.stats().billed).toBe(4)
})

test('an answer that is longer than a direct one may be is errored, and not asked again', async () => {
  const damage = async (address: string, response: Response) => {
    if (!address.endsWith('/content')) return response
    const [first, ...rest] = (await response.text()).split('\n')
    const line = JSON.parse(first!) as { response: { body: object } }
    line.response.body = { ...line.response.body, padding: 'x'.repeat(20_000) }
    return new Response([JSON.stringify(line), ...rest].join('\n'))
  }
  const lab = await open('batch', { items: 4, damage })
  const run = await lab.finish(await lab.begin({}, 4))
  const [progress] = lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')
  expect(JSON.parse(progress!.outcomes)).toEqual({ answered: 3, endpoint_response_too_large: 1 })
  expect(run.status).toBe('completed')
  expect(servers.endpoint.stats().billed).toBe(4)
})

test('a consumer that is overtaken while it uploads its requests sends no batch after all', async () => {
  let isFirst = true
  const damage = async (address: string, response: Response) => {
    if (!isFirst || !address.endsWith('/files')) return response
    isFirst = false
    // Its lease ends, and another consumer takes the shard over.
    for (let rounds = 0; rounds < 3; rounds++) {
      lab.now += 10 * LEASE
      await sweep(lab.engine)
      await lab.drain()
    }
    expect(lab.rows('SELECT * FROM submissions')).toHaveLength(2)
    return response
  }
  const lab = await open('batch', { items: 4, damage, timeoutMs: 10_000 })
  const run = await lab.finish(await lab.begin({}, 4))
  expect(run.status).toBe('completed')
  expect(servers.endpoint.stats()).toMatchObject({ billed: 4, answers_per_request: { '1': 4 } })
})

test('a budget of requests is never passed, and the items beyond it are errored', async () => {
  const lab = await open()
  const run = await lab.finish(await lab.begin({ maxRequests: 7 }, 6))
  expect(servers.endpoint.stats()).toMatchObject({ billed: 7 })
  const [progress] = lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')
  expect(JSON.parse(progress!.outcomes)).toEqual({ answered: 7, budget_spent: 5 })
  expect((await lab.totals(run)).intents).toBe(7)
})

test('a rerun of the same shared requests sends no batch', async () => {
  const lab = await open()
  const first = await lab.finish(await lab.begin({ cache: 'on' }))
  const again = await lab.finish(await lab.begin({ cache: 'on' }))
  expect(servers.endpoint.stats()).toMatchObject({ billed: ITEMS })
  expect(again.reportDigest).toBe(first.reportDigest)
  expect(await lab.totals(again)).toMatchObject({ intents: 0 })
})

test('a cancelled run stops its batches, and keeps the answers that were paid for', async () => {
  servers.endpoint.turn({ latency_ms: [5, 5] })
  const lab = await open('batch', { items: 40 })
  const run = await lab.begin({ cache: 'on' }, 40)
  await lab.drain()
  while (servers.endpoint.stats().answered < 5) await new Promise((resolve) => setTimeout(resolve, 2))
  await lab.engine.runs.cancel('t', run.id)
  const underWay = () => lab.rows('SELECT * FROM submissions WHERE ended_at IS NULL').length
  for (let rounds = 0; rounds < 50 && underWay() > 0; rounds++) {
    lab.now += 300_000
    await sweep(lab.engine)
    await lab.drain()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const { billed } = servers.endpoint.stats()
  expect(billed).toBeLessThan(40)
  expect(lab.rows('SELECT * FROM endpoint_answers')).toHaveLength(billed)
  expect(await lab.totals(run)).toMatchObject({ intents: 40, settled: billed, unanswered: 40 - billed, heldNano: 0 })
  // Its compaction waited for the batch, and lists what was answered.
  lab.now += 300_000
  await sweep(lab.engine)
  await lab.drain()
  const samples = []
  for await (const part of createRunViews(lab.db, memoryBucket(lab.objects)).evidence(await lab.run(run.id), 0))
    if ('samples' in part) samples.push(...part.samples)
  expect(samples).toHaveLength(billed)
  expect(samples.every(({ output, error }) => typeof output === 'string' && error === undefined)).toBe(true)
  // Another run pays for the rest alone.
  const again = await lab.finish(await lab.begin({ cache: 'on' }, 40))
  expect(again.status).toBe('completed')
  expect(servers.endpoint.stats().billed).toBe(40)
})

describe('a worker of a job', () => {
  test('that has lost it is given it again, and goes on with what is missing', async () => {
    servers.endpoint.turn({ latency_ms: [4, 4] })
    const lab = await open('job')
    const begun = await lab.begin({}, ITEMS)
    await lab.drain()
    // Some results have come.
    while (lab.rows(`SELECT 1 FROM endpoint_calls WHERE outcome = 'received'`).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 2))
    servers.endpoint.forgetJobs()
    const run = await lab.finish(begun)
    expect(run.status).toBe('completed')
    expect(lab.rows('SELECT * FROM submissions')).toHaveLength(1)
    const { requests } = servers.endpoint.stats()
    // At most the requests between two deliveries were asked twice.
    expect(requests['/v1/chat/completions']).toBeLessThan(ITEMS + 8)
    expect(await lab.totals(run)).toMatchObject({ intents: ITEMS, settled: ITEMS })
  })

  test('cannot change a result that it has delivered', async () => {
    servers.endpoint.turn({ faults: { stalled: 1 } })
    const lab = await open('job', { timeoutMs: 50 })
    await lab.begin({}, ITEMS)
    await lab.drain()
    const stored = (name: string) => [...lab.objects].filter(([key]) => key.includes(name)).map(([, bytes]) => text(bytes))
    const { id, results_url } = JSON.parse(stored('manifest.json')[0]!) as { id: string; results_url: string }
    const deliver = async (results: readonly (readonly [call: number, said: string])[]) => {
      const lines = results.map(([call, said]) =>
        JSON.stringify({ custom_id: `${id}-0000${call}`, response: { status_code: 200, body: { said } } }),
      )
      const body = new TextEncoder().encode(lines.join('\n'))
      const headers = await signStandardWebhook([SECRET], id, Date.now() / 1000, body)
      expect((await fetch(results_url, { method: 'POST', headers, body })).status).toBe(200)
    }
    await deliver([
      [0, 'first'],
      [0, 'twice in one'],
    ])
    // Deliveries are read in the order of their hashes, so a few of them come before the first.
    for (let repeat = 0; repeat < 8; repeat++) await deliver([[0, `again ${repeat}`]])
    await deliver([
      [0, 'beside'],
      [1, 'new'],
    ])
    const said = stored('/results/').flatMap((each) => [...each.matchAll(/"said":"([^"]*)"/g)].map((match) => match[1]))
    expect(said.toSorted()).toEqual(['first', 'new'])
  })

  test('delivers signed results of this job alone', async () => {
    servers.endpoint.turn({ faults: { stalled: 1 } })
    const lab = await open('job', { timeoutMs: 50 })
    await lab.begin({}, ITEMS)
    await lab.drain()
    const [manifest] = [...lab.objects].filter(([key]) => key.endsWith('manifest.json')).map(([, bytes]) => bytes)
    const { id, results_url } = JSON.parse(new TextDecoder().decode(manifest)) as { id: string; results_url: string }
    const send = async (body: string, secret: string, url = results_url) => {
      const bytes = new TextEncoder().encode(body)
      const headers = await signStandardWebhook([secret], id, Date.now() / 1000, bytes)
      return (await fetch(url, { method: 'POST', headers, body: bytes })).status
    }
    const line = (call: string) => `${JSON.stringify({ custom_id: call, response: { status_code: 200, body: {} } })}\n`
    const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
    expect(await send(line(`${id}-00000`), other)).toBe(401)
    expect(await send(line('another-00000'), SECRET)).toBe(422)
    expect(await send('{"custom_id": 3}', SECRET)).toBe(422)
    expect(await send('not JSON', SECRET)).toBe(422)
    expect(await send(line(`${id}-00000`), SECRET, results_url.replace('/v1/submissions/W', '/v1/submissions/X'))).toBe(404)
    expect(lab.rows(`SELECT * FROM endpoint_calls WHERE outcome IS NOT NULL`)).toEqual([])
    expect(await send(line(`${id}-00000`), SECRET)).toBe(200)
    expect(lab.rows(`SELECT call_id FROM endpoint_calls WHERE outcome IS NOT NULL`)).toMatchObject([{ call_id: `${id}-00000` }])
    await lab.engine.runs.cancel('t', (await lab.run('evalrun_1')).id)
    expect(await send(line(`${id}-00001`), SECRET)).toBe(409)
    expect((await fetch(results_url)).status).toBe(200)
    lab.rows('DELETE FROM endpoint_calls')
    // A worker that goes on after its run was deleted must not read that all was received.
    expect((await fetch(results_url)).status).toBe(404)
  })
})
