/** Runs share the messages of a queue, and a consumer leaves a slow shard for others. */
import { expect, test } from 'vitest'
import { CONSUMER_MS } from '../../../src/contracts/model.ts'
import { fanOut, partsOf } from '../../../src/runs/fan-out.ts'
import { layOut, MOST_SHARDS } from '../../../src/runs/plan.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { sweep } from '../../support/run-engine.ts'
import { PaidEndpoint } from './paid-endpoint.ts'
import { SqliteEngine } from './sqlite-engine.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'
import { cases } from '../../support/cases.ts'

const MANY = cases(1200)
const pure = await pureRun({ seed: 8, task: 'vqa', items: MANY, criteria: [VQA] })

/** Handles one message of the queue, in order of arrival, and the jobs that follow from it. */
async function handle(lab: SqliteEngine): Promise<void> {
  await scoreShard(lab.engine, lab.shards.shift()!)
}

const recorded = (lab: SqliteEngine, id: string): number =>
  lab.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM shards WHERE run_id = '${id}' AND state = 'recorded'`)[0]!.n

/** Messages of a queue with so many consumers. */
function withConsumers(lab: SqliteEngine, consumers: number): void {
  const capacity = { edge: 2 * consumers, endpoint: 2 * consumers }
  lab.engine.queues = { ...lab.engine.queues, capacity }
}

test(`a run of 20 items that starts after one of ${MANY} shards ends while that is still going`, async () => {
  const lab = new SqliteEngine(pure)
  const large = await lab.start({ shardSize: 1 })
  const { edge } = lab.engine.queues.capacity
  expect(lab.shards).toHaveLength(edge)
  const spec = { ...pure.run.spec, selection: { count: 20 } }
  const small = await lab.start({ shardSize: 4, spec })
  let messages = 0
  while (recorded(lab, small.id) < 5) {
    await handle(lab)
    messages += 1
  }
  expect(messages).toBeLessThanOrEqual(edge + 5)
  expect(recorded(lab, large.id)).toBeLessThanOrEqual(edge)
  await lab.drain()
  // Every shard was sent exactly once.
  expect(recorded(lab, large.id)).toBe(MANY)
  expect((await lab.run(large.id)).status).toBe('completed')
  expect(lab.rows(`SELECT 1 FROM shards WHERE attempts <> 1`)).toEqual([])
})

test('messages that are lost on the way are sent again, and the rest after them', async () => {
  const lab = new SqliteEngine(pure)
  const { id } = await lab.start({ shardSize: 3 })
  for (let message = 0; message < 10; message++) await handle(lab)
  lab.shards.length = 0
  for (let tick = 0; tick < 40 && (await lab.run(id)).status === 'in_progress'; tick++) {
    lab.now += lab.engine.stallMilliseconds / 2
    await sweep(lab.engine)
    await lab.drain()
  }
  expect(await lab.run(id)).toMatchObject({ status: 'completed', error: null })
  expect(lab.rows(`SELECT 1 FROM shards WHERE state = 'failed'`)).toEqual([])
})

test('a shard size that makes nothing but shards is refused with the one that would do', () => {
  expect(layOut(MOST_SHARDS.edge, 1, 0, MOST_SHARDS.edge)).toHaveLength(MOST_SHARDS.edge)
  expect(() => layOut(10_000, 1, 0, MOST_SHARDS.edge)).toThrow('more than 2000 shards; ask for at least 5')
  expect(layOut(10_000, 5, 0, MOST_SHARDS.edge)).toHaveLength(2000)
})

test.each<[string, string, number, number[]]>([
  ['one run has all', 'a:0+', 16, [16]],
  ['two runs have halves', 'a:16+ a:0+', 16, [8, 8]],
  ['two tenants have halves, whatever their runs', 'a:0+ a:0+ a:0+ b:0+', 16, [3, 3, 2, 8]],
  ['what is not needed goes to the others', 'a:1 b:0+ c:0+', 16, [1, 8, 7]],
  ['a run that waits for nothing keeps what it has', 'a:4 a:0+', 16, [4, 12]],
  ['a run has no more than its endpoint lets work', 'a:0+4 a:0+16 b:0+', 32, [2, 6, 24]],
  ['nor fewer than are under way', 'a:5+4 a:0+', 16, [5, 11]],
  ['more runs than messages: those under way, then the first ones', 'a:0+ a:0+ a:1+ a:1', 3, [1, 0, 1, 1]],
])('parts of the messages: %s', (_, written, capacity, parts) => {
  const runs = written.split(' ').map((each, index) => {
    const [, tenant, inFlight, waits, concurrency] = /^(\w):(\d+)(\+?)(\d*)$/.exec(each)!
    return {
      tenant: tenant!,
      runId: `run ${index}`,
      inFlight: Number(inFlight),
      isWaiting: waits === '+',
      concurrency: concurrency === '' ? null : Number(concurrency),
    }
  })
  expect(partsOf(runs, capacity)).toEqual(parts)
})

test('four slow runs let a later run go ahead: a consumer leaves a shard after its time, with what it has', async () => {
  const slow = await pureRun({ seed: 9, task: 'vqa', items: 40, criteria: [VQA] })
  const lab = new SqliteEngine(slow)
  const whole = await lab.start({ shardSize: 40 })
  await lab.drain()
  const { reportDigest } = await lab.run(whole.id)

  withConsumers(lab, 1)
  const asked: string[] = []
  let isSlow = true
  lab.answer = (request) => {
    asked.push(request.item.id)
    // Two or three items in the time of a consumer.
    if (isSlow) lab.now += 0.4 * CONSUMER_MS
    return slow.model.run(request)
  }
  const four = []
  for (let one = 0; one < 4; one++) four.push(await lab.start({ shardSize: 20 }))
  for (let message = 0; message < 12; message++) await handle(lab)
  const later = await lab.start({ shardSize: 5, spec: { ...slow.run.spec, selection: { count: 10 } } })
  // Its own messages, and one of each other run between two of them.
  let messages = 0
  while (recorded(lab, later.id) < 2) {
    isSlow = lab.shards[0]!.run !== later.id
    await handle(lab)
    messages++
  }
  expect(messages).toBeLessThanOrEqual(10)
  isSlow = true
  asked.length = 0
  const left = lab.rows<{ n: number }>(
    `SELECT SUM(end_ordinal - first_ordinal) AS n FROM shards WHERE state = 'pending' AND run_id <> '${later.id}'`,
  )[0]!.n
  while (lab.shards.length > 0) await handle(lab)
  await lab.drain()
  // Nothing is done twice, and where shards were cut plays no part in the report.
  expect(asked).toHaveLength(left)
  for (const { id } of four) expect(await lab.run(id)).toMatchObject({ status: 'completed', reportDigest })
  expect(lab.rows(`SELECT 1 FROM shards WHERE attempts <> 1`)).toEqual([])
  const [counted] = lab.rows<{ shards: number; recorded_shards: number }>(
    `SELECT shards, recorded_shards FROM run_progress WHERE run_id = '${four[0]!.id}'`,
  )
  expect(counted!.shards).toBe(counted!.recorded_shards)
  expect(counted!.shards).toBeGreaterThan(10)
})

test('a thousand shards of one tenant do not hold back one run of another', async () => {
  const lab = new SqliteEngine(pure)
  withConsumers(lab, 8)
  lab.sqlite.exec(`INSERT INTO evals VALUES ('u', 'eval', NULL, '{}', '[]', NULL, 0, 0);
    INSERT INTO dataset_versions VALUES ('u', 'ds', '${pure.version.digest}', 0, 'vqa', 'test', ${MANY}, 0, 1, '{}', 0)`)
  const spec = { ...pure.run.spec, selection: { count: 40 } }
  for (let run = 0; run < 50; run++) await lab.start({ shardSize: 2, spec })
  expect(lab.rows(`SELECT 1 FROM shards`)).toHaveLength(1000)
  // Each run got its part as it began: 16, 8, 5 and so on.
  expect(lab.shards.length).toBeLessThanOrEqual(16 * (1 + Math.log(16)))
  for (let message = 0; message < 100; message++) await handle(lab)
  expect(lab.shards.length).toBeLessThanOrEqual(16)
  const run = { ...pure.run, tenant: 'u', id: 'evalrun_other', spec: { ...pure.run.spec, selection: { count: 8 } } }
  await lab.engine.runs.createRun(run, layOut(8, 2))
  await fanOut(lab.engine, run.queue)
  // Half of the messages are its own from now on.
  expect(lab.shards.filter(({ tenant }) => tenant === 'u')).toHaveLength(4)
  let messages = 0
  while (recorded(lab, run.id) < 4) {
    await handle(lab)
    messages++
  }
  expect(messages).toBeLessThanOrEqual(16 + 4)
  // The others go on: every message that ends sends another.
  for (let message = 0; message < 100; message++) await handle(lab)
  expect(lab.shards.length).toBeGreaterThan(8)
  expect(lab.rows(`SELECT 1 FROM shards WHERE attempts > 1`)).toEqual([])
})

test('an item that fails is not asked again because its shard was cut', async () => {
  const lab = await PaidEndpoint.open({ items: 12, maxAttempts: 3, concurrency: 1 })
  const bad = new Set(['item 1', 'item 5', 'item 11'])
  lab.answering = (item) => {
    lab.now += 0.6 * CONSUMER_MS
    return bad.has(item) ? 500 : 'red'
  }
  const run = await lab.finish(await lab.begin({}, 12))
  expect(lab.requests).toHaveLength(9 + 3 * bad.size)
  expect(lab.rows('SELECT 1 FROM shards').length).toBeGreaterThan(4)
  expect(await lab.totals(run)).toMatchObject({ intents: 18, settled: 18 })
})
