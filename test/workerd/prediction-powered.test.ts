/**
 * A costly run supported by a cheap one, with the real engine: any layout and arrival gives the same gold and
 * the same bytes.
 */
import { reset } from 'cloudflare:test'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../src/contracts/failure.ts'
import { SampleError } from '../../src/contracts/model.ts'
import type { VqaItem } from '../../src/tasks/vqa/item.ts'
import type { RunRecord } from '../../src/contracts/run.ts'
import { compactRun } from '../../src/runs/compact.ts'
import { aggregateRun } from '../../src/runs/aggregate-run.ts'
import { workJob } from '../support/run-engine.ts'
import { adoptProxy } from '../../src/runs/proxy-scores.ts'
import { scoreShard } from '../../src/runs/score-shard.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { Lab, type RunWish } from './engine-lab.ts'
import { migrate, testEnv } from './setup.ts'

const ITEMS = 700
const CRITERION = 'accuracy'

let lab: Lab

const ordinalOf = (item: VqaItem) => Number(item.id.slice(1))
const draw = (key: string, item: VqaItem) => new CounterRandom(9, `${key} ${item.id}`).startReplicate(0).uniform()
/**
 * The costly subject is right in two thirds of the items, the cheap one mostly in the same. Some items always
 * fail.
 */
const isRight = (item: VqaItem) => draw('gold', item) < 2 / 3
const costly = (item: VqaItem) => ({ answer: isRight(item) ? 'right' : 'wrong' })
const cheap = (item: VqaItem) => {
  if (ordinalOf(item) % 41 === 3) throw new SampleError('bad_image', 'it is')
  return { answer: isRight(item) === draw('cheap', item) < 0.85 ? 'right' : 'wrong' }
}

beforeEach(async () => {
  lab = await Lab.open()
  lab.observe = costly
})
afterAll(async () => {
  await reset()
  await migrate()
})

async function proxyRun(wish: RunWish = {}): Promise<RunRecord> {
  lab.observe = cheap
  const run = await lab.start({ items: ITEMS, shards: 100, ...wish })
  await lab.drain()
  lab.observe = costly
  return lab.run(run.id)
}

const adopt = async (run: Pick<RunRecord, 'id'>, criterion = CRITERION, items = ITEMS) =>
  adoptProxy(lab.engine, 'a', { run: run.id, criterion }, await lab.dataset('a', items))

async function bodyOf(run: RunRecord): Promise<string> {
  const ended = await lab.run(run.id)
  expect(ended.status).toBe('completed')
  return (await testEnv.DB.prepare(`SELECT body FROM reports WHERE digest = ?1`).bind(ended.reportDigest).first<string>('body'))!
}

/** Messages in another order, each twice. */
function shuffleTwice(seed: number): void {
  const random = new CounterRandom(seed, 'messages').startReplicate(0)
  const shuffled = lab.shards
    .map((reference) => ({ reference, at: random.uniform() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ reference }) => reference)
  lab.shards = shuffled.flatMap((reference) => [reference, reference])
}

describe.each([{ gold: 150 }, { target_half_width: 0.03 }])('%j', (rule) => {
  test('any layout and arrival: the same gold, the same bytes; the rest is not asked', async () => {
    const predictionPowered = { criterion: CRITERION, ...rule, proxy: await adopt(await proxyRun()) }
    expect(predictionPowered.proxy.unscored).toBe(Math.ceil((ITEMS - 3) / 41))
    const inOrder = await lab.start({ items: ITEMS, shards: 20, predictionPowered })
    await lab.drain()
    const expected = await bodyOf(inOrder)
    const { prediction_powered: made, counts, criteria } = JSON.parse(expected)
    expect(counts.used).toBe(made.pilot + made.gold)
    expect(counts.used).toBeLessThan(ITEMS)
    expect(made.estimate).toMatchObject({ variant: 'vqa-2021/ppi++', n: counts.used, missing: ITEMS - counts.used })
    // The dataset's mean, as a run over all of it would measure it.
    const all = await lab.start({ items: ITEMS, shards: 100 })
    await lab.drain()
    const truth = JSON.parse(await bodyOf(all)).criteria[0].metrics[0].value
    expect(made.estimate.interval.low).toBeLessThan(truth)
    expect(made.estimate.interval.high).toBeGreaterThan(truth)
    const plain = criteria[0].metrics[0].interval
    expect(made.estimate.interval.high - made.estimate.interval.low).toBeLessThan(0.8 * (plain.high - plain.low))
    if ('target_half_width' in rule) {
      const states = await lab.states(inOrder)
      expect(states.indexOf('skipped') * 20).toBeGreaterThanOrEqual(counts.used)
      expect(plain.notes).toContain('optional_stopping')
    } else expect(made).toMatchObject({ pilot: 0, gold: 150 })

    for (const [seed, shards] of [7, 64, ITEMS].entries()) {
      const run = await lab.start({ items: ITEMS, shards, predictionPowered })
      shuffleTwice(seed)
      expect((await lab.drain()).failed).toEqual([])
      expect(await bodyOf(run)).toBe(expected)
      await compactRun(lab.engine, 'a', run.id)
      expect((await aggregateRun(lab.engine, await lab.run(run.id))).body).toBe(expected)
    }
  })
})

test('a proxy is the same before and after compaction', async () => {
  lab.observe = cheap
  const run = await lab.start({ items: ITEMS, shards: 64 })
  for (const reference of lab.shards.splice(0)) await scoreShard(lab.engine, reference)
  await workJob(lab.engine, `merge:${run.id}`)
  expect((await lab.run(run.id)).rowsKey).toBeNull()
  const before = await adopt(run)
  await compactRun(lab.engine, 'a', run.id)
  expect((await lab.run(run.id)).rowsKey).not.toBeNull()
  expect(await adopt(run)).toEqual(before)
})

test('a gold item that errored leaves a value without an interval', async () => {
  const proxy = await adopt(await proxyRun())
  lab.observe = (item) => {
    if (ordinalOf(item) === 77) throw new SampleError('endpoint_timeout', 'it did')
    return costly(item)
  }
  const fixed = await lab.start({ items: ITEMS, shards: 50, predictionPowered: { criterion: CRITERION, gold: 120, proxy } })
  const target = { criterion: CRITERION, target_half_width: 0.03, proxy }
  const aimed = await lab.start({ items: ITEMS, shards: 50, predictionPowered: target })
  await lab.drain()
  expect(JSON.parse(await bodyOf(fixed)).prediction_powered.estimate).toMatchObject({ interval: null, errored: 1, n: 119 })
  // A costly subject is asked no more once the pilot cannot determine the sample size.
  expect(JSON.parse(await bodyOf(aimed))).toMatchObject({ counts: { used: 100 }, prediction_powered: { pilot: 100, gold: 0 } })
})

test('the leaderboard shows the estimate', async () => {
  const predictionPowered = { criterion: CRITERION, gold: 150, proxy: await adopt(await proxyRun()) }
  const run = await lab.start({ items: ITEMS, shards: 50, predictionPowered, visibility: 'public' })
  await lab.drain()
  const { estimate } = JSON.parse(await bodyOf(run)).prediction_powered
  expect(await lab.table('leaderboard_rows')).toMatchObject([
    { variant: 'vqa-2021/ppi++', value: estimate.value, low: estimate.interval.low, method: 'ppi++-bounded' },
  ])
})

test('an unsuitable proxy is refused, naming the field and the reason', async () => {
  const refusal = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(Fault)
    const { failure } = error as Fault
    return failure.kind === 'unprocessable' ? failure.errors[0]! : failure
  }
  const at = '/prediction_powered/proxy'
  expect(await refusal(adopt({ id: 'evalrun_none' }))).toMatchObject({ kind: 'not_found', pointer: `${at}/run` })
  const part = await lab.start({ items: ITEMS, limit: 300, shards: 100 })
  await lab.drain()
  const open = await lab.start({ items: ITEMS, shards: 350, send: false })
  expect(await refusal(adopt(part))).toMatchObject({ pointer: `${at}/run`, detail: expect.stringContaining('300 of 700') })
  expect(await refusal(adopt(open))).toMatchObject({ pointer: `${at}/run`, detail: expect.stringContaining('in_progress') })
  const whole = await proxyRun()
  expect(await refusal(adopt(whole, 'bleu'))).toMatchObject({
    pointer: `${at}/criterion`,
    detail: expect.stringContaining('bleu'),
  })
  expect(await refusal(adopt(whole, CRITERION, 300))).toMatchObject({
    pointer: `${at}/run`,
    detail: expect.stringContaining('version'),
  })
  await expect(
    adoptProxy(lab.engine, 'b', { run: whole.id, criterion: CRITERION }, await lab.dataset('a', ITEMS)),
  ).rejects.toThrow('no run')
  lab.observe = () => {
    throw new SampleError('bad_image', 'all are')
  }
  const hopeless = await lab.start({ items: 120, shards: 60 })
  await lab.drain()
  expect(await refusal(adopt(hopeless, CRITERION, 120))).toMatchObject({
    detail: expect.stringContaining('is failed; a proxy needs a completed run'),
  })
})
