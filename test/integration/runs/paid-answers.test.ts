/** Nothing is paid twice, nothing is lost: the ledger and the stored answers of runs at an endpoint. */
import { describe, expect, test } from 'vitest'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import type { RunRecord, SampleEvidence } from '../../../src/contracts/run.ts'
import { keepPaidAnswers } from '../../../src/runs/keep-paid-answers.ts'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sweep } from '../../support/run-engine.ts'
import { LEASE } from './sqlite-engine.ts'
import { type Answering, PaidEndpoint, USAGE } from './paid-endpoint.ts'

/** How often the endpoint answered each item in full, beyond the first time. */
const repeats = (items: readonly string[]) => items.length - new Set(items).size

/** Answers that depend on the item alone, so that a report can be compared. */
const answerOf = (item: string) => ['red', 'blue', 'two'][Number(item.slice('item '.length)) % 3]!

describe('answers are kept as they come', () => {
  test('a shard whose consumer dies asks only for its holes', async () => {
    const lab = await PaidEndpoint.open({ items: 12, concurrency: 1 })
    // The fifth request dies: four answers of the second shard's first attempt and all of the first are kept.
    lab.answering = (item, request) => (request === 7 ? 'die_before' : answerOf(item))
    const run = await lab.finish(await lab.begin({}, 6))
    expect(run.status).toBe('completed')
    expect(lab.requests).toHaveLength(13)
    expect(await lab.totals(run)).toMatchObject({ intents: 13, settled: 12, unanswered: 0 })
  })

  test('the report is that of a run without a crash', async () => {
    const quiet = await PaidEndpoint.open({ items: 12 })
    quiet.answering = answerOf
    const whole = await quiet.finish(await quiet.begin())
    const lab = await PaidEndpoint.open({ items: 12 })
    lab.answering = (item, request) => ([2, 5, 9].includes(request) ? 'die_after' : answerOf(item))
    const run = await lab.finish(await lab.begin())
    expect(run.reportDigest).toBe(whole.reportDigest)
    expect(run.reportDigest).not.toBeNull()
  })

  test('each item of a random model keeps its own answer, and another run asks anew', async () => {
    const lab = await PaidEndpoint.open({ items: 4 })
    const first = await lab.finish(await lab.begin())
    const second = await lab.finish(await lab.begin())
    expect(lab.requests).toHaveLength(8)
    expect((await lab.totals(first)).settled + (await lab.totals(second)).settled).toBe(8)
  })
})

describe('answers of deterministic requests are shared', () => {
  test('a rerun sends no request, and its report is the same', async () => {
    const lab = await PaidEndpoint.open({ items: 12, deterministic: true })
    lab.answering = answerOf
    const first = await lab.finish(await lab.begin())
    const again = await lab.finish(await lab.begin())
    expect(lab.requests).toHaveLength(12)
    expect(again.reportDigest).toBe(first.reportDigest)
    expect(await lab.totals(again)).toMatchObject({ intents: 0, settled: 0, promptTokens: 0, costNano: 0 })
    const progress = lab.rows<{ run_id: string; stored_answers: number; outcomes: string; prompt_tokens: number }>(
      'SELECT * FROM run_progress ORDER BY rowid',
    )
    expect(progress.map(({ stored_answers }) => stored_answers)).toEqual([0, 12])
    expect(progress.map(({ outcomes }) => JSON.parse(outcomes) as unknown)).toEqual([{ answered: 12 }, { answered: 12 }])
    expect(progress.map(({ prompt_tokens }) => prompt_tokens)).toEqual([12 * USAGE.prompt_tokens, 0])
  })

  test.each([
    ['off', true, 8],
    ['on', false, 4],
  ] as const)('with cache %s and deterministic %s, two runs of 4 items send %i requests', async (cache, deterministic, sent) => {
    const lab = await PaidEndpoint.open({ items: 4, deterministic })
    await lab.finish(await lab.begin({ cache }))
    await lab.finish(await lab.begin({ cache }))
    expect(lab.requests).toHaveLength(sent)
  })

  test('an answer of another revision of the model is not used', async () => {
    const lab = await PaidEndpoint.open({ items: 4, deterministic: true })
    for (const [revision, sent] of [
      ['a1', 4],
      ['b2', 8],
      ['a1', 8],
      [undefined, 12],
    ] as const) {
      lab.revision = revision
      await lab.finish(await lab.begin())
      expect(lab.requests).toHaveLength(sent)
    }
  })

  test('a run that retries another asks only for what errored', async () => {
    const lab = await PaidEndpoint.open({ items: 12, maxAttempts: 2 })
    lab.answering = (item) => (item === 'item 3' || item === 'item 8' ? 400 : answerOf(item))
    const first = await lab.finish(await lab.begin())
    lab.requests.length = 0
    lab.answering = answerOf
    const retried = await lab.finish(await lab.begin({ answersOf: first.id }))
    expect(lab.requests.toSorted()).toEqual(['item 3', 'item 8'])
    expect(retried.status).toBe('completed')
  })
})

describe('the ledger', () => {
  test('has an intent per request, settles what was answered, and keeps what may have been paid', async () => {
    const price = { input_per_million: 2, output_per_million: 8, per_image: 0 }
    const lab = await PaidEndpoint.open({ items: 4, concurrency: 1, price })
    const said: Record<string, Answering[]> = { 'item 0': ['network', 503, 'red'], 'item 1': ['garbage', 'red'], 'item 2': [400] }
    lab.answering = (item) => said[item]?.shift() ?? 'red'
    const run = await lab.finish(await lab.begin())
    const cost = 1000 * (2 * USAGE.prompt_tokens + 8 * USAGE.completion_tokens)
    expect(await lab.totals(run)).toEqual({
      pause: null,
      keyId: null,
      answersOf: run.id,
      intents: 7,
      settled: 6,
      unanswered: 1,
      promptTokens: 3 * USAGE.prompt_tokens,
      completionTokens: 3 * USAGE.completion_tokens,
      costNano: 3 * cost,
      // The call without a response: 500 assumed tokens of the prompt and at most 2 of the answer.
      heldNano: 1000 * (2 * 500 + 8 * 2),
    })
    const calls = await lab.ledgers.calls('t', run.id, { limit: 100 })
    const outcomes = calls.map(({ item, state, outcome }) => `${item} ${state} ${outcome}`)
    expect(outcomes.toSorted()).toEqual([
      'item 0 settled answered',
      'item 0 settled endpoint_status_503',
      'item 0 unanswered endpoint_network',
      'item 1 settled answered',
      'item 1 settled endpoint_bad_response',
      'item 2 settled endpoint_status_400',
      'item 3 settled answered',
    ])
  })

  test('of a key is the sum over the runs that it started', async () => {
    const lab = await PaidEndpoint.open({ items: 4, price: { input_per_million: 1, output_per_million: 1, per_image: 0 } })
    const runs = []
    for (const keyId of ['mine', 'mine', 'other']) runs.push(await lab.finish(await lab.begin({ keyId })))
    const [one, two] = [await lab.totals(runs[0]!), await lab.totals(runs[1]!)]
    const { runs: count, directIntents, ...sums } = (await lab.ledgers.ofKey('t', 'mine'))!
    expect([count, directIntents]).toEqual([2, 0])
    expect(sums.intents).toBe(8)
    for (const [name, sum] of Object.entries(sums))
      expect(sum, name).toBe(Number(Reflect.get(one, name)) + Number(Reflect.get(two, name)))
    expect(await lab.ledgers.ofKey('t', 'no such key')).toBeNull()
    expect(await lab.ledgers.ofKey('another tenant', 'mine')).toBeNull()
  })

  test('nothing is sent for a run that was cancelled meanwhile', async () => {
    const lab = await PaidEndpoint.open({ items: 8, concurrency: 1 })
    const run = await lab.begin({}, 8)
    lab.answering = (_item, request) => {
      if (request === 3) void lab.engine.runs.cancel('t', run.id)
      return 'red'
    }
    await lab.drain()
    expect(lab.requests.length).toBeLessThanOrEqual(4)
    expect((await lab.run(run.id)).status).toBe('canceled')
  })
})

describe('after the end of a run, its samples list what was paid for in a shard without rows', () => {
  /** Samples of a run once it is compacted. */
  async function samplesOf(lab: PaidEndpoint, run: RunRecord, containing?: 'passed' | 'errored') {
    // The merge first, and a lease later the compaction.
    for (let rounds = 0; rounds < 2; rounds++) {
      lab.now += LEASE + 1
      await sweep(lab.engine)
      await lab.drain()
    }
    const samples: SampleEvidence[] = []
    const parts = createRunViews(lab.db, memoryBucket(lab.objects)).evidence(await lab.run(run.id), 0, containing)
    for await (const part of parts) if ('samples' in part) samples.push(...part.samples)
    return samples
  }
  const paidOf = (lab: PaidEndpoint) =>
    lab.rows<{ item_id: string }>(`SELECT item_id FROM endpoint_calls WHERE outcome = 'answered'`).map(({ item_id }) => item_id)

  test('cancelled in the middle', async () => {
    const lab = await PaidEndpoint.open({ items: 12, concurrency: 1 })
    const run = await lab.begin({}, 6)
    lab.answering = (item, request) => {
      if (request === 9) void lab.engine.runs.cancel('t', run.id)
      return answerOf(item)
    }
    await lab.drain()
    const before = lab.requests.length
    const samples = await samplesOf(lab, run)
    expect(samples.map(({ item_id }) => item_id).toSorted()).toEqual(paidOf(lab).toSorted())
    expect(samples.length).toBeGreaterThan(6)
    for (const { item_id, output } of samples) expect(output).toBe(answerOf(item_id))
    // Nothing is asked for it, and repeating changes nothing.
    expect(lab.requests).toHaveLength(before)
    await keepPaidAnswers(lab.engine, await lab.run(run.id))
    expect(await samplesOf(lab, run)).toEqual(samples)
    expect((await samplesOf(lab, run, 'passed')).length).toBeGreaterThan(0)
  })

  test('failed at every delivery: its items stay errored, and have their answers', async () => {
    const lab = await PaidEndpoint.open({ items: 8, concurrency: 1 })
    const run = await lab.begin({}, 4)
    // The second shard dies after two answers.
    lab.answering = (item, request) => (request === 7 ? 'die_before' : answerOf(item))
    await lab.drain()
    await lab.engine.runs.failPendingShards('t', run.id, 'no delivery is left', 'all')
    const samples = await samplesOf(lab, run)
    expect(samples).toHaveLength(8)
    expect(samples.slice(4).map(({ output, error }) => [output, error?.code])).toEqual(
      samples.slice(4).map(({ item_id }) => [paidOf(lab).includes(item_id) ? answerOf(item_id) : undefined, 'shard_failed']),
    )
    expect(samples.slice(4).filter(({ output }) => output !== undefined)).toHaveLength(2)
    expect((await samplesOf(lab, run, 'errored')).length).toBeGreaterThanOrEqual(4)
  })
})

describe('a budget', () => {
  test('of requests is never passed, and the items beyond it are errored', async () => {
    const lab = await PaidEndpoint.open({ items: 200, concurrency: 25 })
    const run = await lab.begin({ maxRequests: 150 }, 25)
    // Every shard at once: 200 samples.
    await Promise.all(lab.shards.splice(0).map((shard) => scoreShard(lab.engine, shard)))
    await lab.finish(run)
    expect(lab.requests).toHaveLength(150)
    const progress = lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')[0]!
    expect(JSON.parse(progress.outcomes)).toEqual({ answered: 150, budget_spent: 50 })
  })

  test('of money is never passed, though the price of a call is only known afterwards', async () => {
    // Held: 1000 · (500 + 2) = 502,000. Real: twice that, more than was assumed.
    const real = 2 * 502_000
    const price = { input_per_million: 1, output_per_million: 1, per_image: 0 }
    const usage = { prompt_tokens: 1002, completion_tokens: 2, total_tokens: 1004 }
    const lab = await PaidEndpoint.open({ items: 200, concurrency: 6, price, usage })
    const cap = 80_000_000
    const run = await lab.begin({ maxCostNano: cap }, 25)
    const consumers = lab.shards.length
    await Promise.all(lab.shards.splice(0).map((shard) => scoreShard(lab.engine, shard)))
    const { costNano } = await lab.totals(run)
    expect(costNano).toBeGreaterThan(0.8 * cap)
    // At most one request in flight per consumer above it.
    expect(costNano).toBeLessThanOrEqual(cap + consumers * real)
  })

  test('in dollars is spent by answers without usage as well: each costs what was held for it', async () => {
    const price = { input_per_million: 1, output_per_million: 1, per_image: 0 }
    const lab = await PaidEndpoint.open({ items: 20, price, usage: null })
    const held = 502_000
    const run = await lab.begin({ maxCostNano: 5 * held })
    await lab.finish(run)
    expect(lab.requests).toHaveLength(5)
    expect(await lab.totals(run)).toMatchObject({ promptTokens: 0, costNano: 5 * held, heldNano: 0 })
  })
})

test('with every kind of failure and two crashes, no sample is lost and no stored answer is paid again', async () => {
  const items = 300
  const lab = await PaidEndpoint.open({ items, concurrency: 4, maxAttempts: 8 })
  const random = new CounterRandom(5, 'faults')
  const faults: Answering[] = ['network', 429, 500, 503, 'garbage']
  const dying = new Set([120, 260])
  lab.answering = (item, request) => {
    if (dying.has(request)) return 'die_after'
    return random.uniform() < 0.3 ? faults[random.below(faults.length)]! : answerOf(item)
  }
  const run = await lab.finish(await lab.begin({}, 16))
  expect(run.status).toBe('completed')
  const { intents, settled } = await lab.totals(run)
  const inFlightAtKills = 2 * 4
  expect(lab.requests.length).toBeLessThanOrEqual(1.5 * items + inFlightAtKills)
  expect(settled).toBeLessThanOrEqual(lab.requests.length)
  expect(lab.requests.length).toBeLessThanOrEqual(intents)
  const answers = lab.rows<{ count: number }>('SELECT COUNT(*) AS count FROM endpoint_answers')[0]!.count
  expect(answers).toBe(items)
  const paid = lab.rows<{ item_id: string }>(`SELECT item_id FROM endpoint_calls WHERE outcome = 'answered'`)
  expect(repeats(paid.map(({ item_id }) => item_id))).toBe(0)
  expect(lab.rows('SELECT outcomes FROM run_progress')).toEqual([{ outcomes: `{"answered":${items}}` }])
})
