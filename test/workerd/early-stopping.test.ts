/** Early stopping with the real engine: any layout and arrival gives the same τ and the same bytes. */
import { reset } from 'cloudflare:test'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { RunRecord } from '../../src/contracts/run.ts'
import { SampleError } from '../../src/contracts/model.ts'
import { compactRun } from '../../src/runs/compact.ts'
import { aggregateRun } from '../../src/runs/aggregate-run.ts'
import { recomputeReport } from '../../src/runs/recompute.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import { Lab } from './engine-lab.ts'
import { migrate, testEnv } from './setup.ts'

const ITEMS = 600
const stopping = { criterion: 'accuracy', first_look: 40, half_width: 0.12 }

let lab: Lab

beforeEach(async () => {
  lab = await Lab.open()
  // Some items always fail.
  lab.observe = (item) => {
    const ordinal = Number(item.id.slice(1))
    if (ordinal % 37 === 5) throw new SampleError('bad_image', 'it is')
    return { answer: ordinal % 3 === 0 ? 'wrong' : 'right' }
  }
})
afterAll(async () => {
  await reset()
  await migrate()
})

async function reportOf(run: RunRecord): Promise<string> {
  const ended = await lab.run(run.id)
  expect(ended.status).toBe('completed')
  return (await testEnv.DB.prepare(`SELECT body FROM reports WHERE digest = ?1`).bind(ended.reportDigest).first<string>('body'))!
}

/** Messages in another order, each twice. */
function shuffleTwice(seed: number): void {
  const order = lab.shards.map((reference, index) => ({
    reference,
    at: new CounterRandom(seed, `message ${index}`).below(1_000_000),
  }))
  const shuffled = order.toSorted((a, b) => a.at - b.at).map(({ reference }) => reference)
  lab.shards = shuffled.flatMap((reference) => [reference, reference])
}

test('any layout and arrival: the same τ, the same bytes, and unscored shards', async () => {
  const inOrder = await lab.start({ items: ITEMS, shards: 20, stopping })
  await lab.drain()
  const expected = await reportOf(inOrder)
  const { stopping: stop, counts } = JSON.parse(expected)
  expect(stop).toMatchObject({ rule_met: true })
  expect(stop.tau).toBeLessThan(ITEMS / 2)
  expect(stop.high - stop.low).toBeLessThanOrEqual(0.24)
  expect(counts).toMatchObject({ planned: ITEMS, used: stop.tau })
  const states = await lab.states(inOrder)
  expect(states.filter((state) => state === 'skipped').length).toBeGreaterThanOrEqual(10)
  expect(states.indexOf('skipped') * 20).toBeGreaterThanOrEqual(stop.tau)

  for (const [seed, shards] of [7, 64, ITEMS].entries()) {
    lab = Object.assign(await Lab.open(), { observe: lab.observe })
    const run = await lab.start({ items: ITEMS, shards, stopping })
    shuffleTwice(seed)
    expect((await lab.drain()).failed).toEqual([])
    expect(await reportOf(run)).toBe(expected)
  }
})

test('the interval of the judged value is the confidence sequence, and others say what was done', async () => {
  const run = await lab.start({ items: ITEMS, shards: 50, stopping })
  await lab.drain()
  const report = JSON.parse(await reportOf(run))
  const [whole, ...slices] = report.criteria[0].metrics
  expect(whole.interval).toMatchObject({
    method: 'confidence-sequence',
    target: 'this_dataset',
    low: report.stopping.low,
    high: report.stopping.high,
  })
  for (const { interval } of slices) expect(interval.notes).toContain('optional_stopping')
  expect(whole.missing).toBe(ITEMS - report.stopping.tau)
})

test('a rule that is never met uses every item, and the report can be recomputed after compaction', async () => {
  const run = await lab.start({ items: 120, shards: 25, stopping: { ...stopping, half_width: 0.0001 } })
  await lab.drain()
  const body = await reportOf(run)
  expect(JSON.parse(body)).toMatchObject({ stopping: { tau: 120, rule_met: false }, counts: { used: 120 } })
  expect((await aggregateRun(lab.engine, await lab.run(run.id))).body).toBe(body)
  await expect(recomputeReport(lab.engine, 'a', run.id)).resolves.toBeDefined()
})

test('a stopped run can be recomputed from its compacted rows', async () => {
  const run = await lab.start({ items: ITEMS, shards: 20, stopping })
  await lab.drain()
  await compactRun(lab.engine, 'a', run.id)
  const ended = await lab.run(run.id)
  expect(ended.rowsKey).not.toBeNull()
  expect((await aggregateRun(lab.engine, ended)).digest).toBe(ended.reportDigest)
})
