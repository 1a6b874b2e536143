/** A clock that was ahead and is set back: times in the future make nothing wait for it to catch up. */
import { describe, expect, test } from 'vitest'
import { ModelPaused } from '../../../src/contracts/model.ts'
import { steadyClock } from '../../../src/models/endpoint/pacing/steady-clock.ts'
import { TurnQueue } from '../../../src/models/endpoint/pacing/turn-queue.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { createIdempotencyStore } from '../../../src/storage/idempotency-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sweep } from '../../support/run-engine.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { Crash } from './deferred-endpoint.ts'
import { SqliteEngine, STALL } from './sqlite-engine.ts'
import { submissionServers } from './submission-servers.ts'
import { pureRun, VQA } from '../../support/pure-run.ts'

const servers = submissionServers()
const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const pure = await pureRun({ seed: 9, task: 'vqa', items: 12, criteria: [VQA] })

const undisturbed = await (async () => {
  const lab = new SqliteEngine(pure)
  const { id } = await lab.start()
  await lab.drain()
  return (await lab.run(id)).reportDigest!
})()

/** Everything in flight is lost, as in a crash, and the clock is set back. */
function crash(lab: SqliteEngine, back: number): void {
  lab.shards.length = 0
  lab.jobs.length = 0
  lab.now -= back
}

/** Sweeps until the run has ended; returns the number of sweeps. */
async function settle(lab: SqliteEngine, id: string): Promise<number> {
  for (let ticks = 1; ticks <= 5; ticks++) {
    await sweep(lab.engine)
    await lab.drain()
    if ((await lab.run(id)).status !== 'in_progress') return ticks
    lab.now += 3000
  }
  return Infinity
}

describe.each([
  ['an hour', HOUR],
  ['a day', DAY],
  ['a year', 365 * DAY],
])('a clock that is set back by %s', (_, back) => {
  test('after a run was created, sent and lost', async () => {
    const lab = new SqliteEngine(pure)
    const { id } = await lab.start()
    crash(lab, back)
    expect(await settle(lab, id)).toBeLessThanOrEqual(2)
    expect(await lab.run(id)).toMatchObject({ status: 'completed', reportDigest: undisturbed })
    expect(lab.rows(`SELECT state FROM shards WHERE state = 'failed'`)).toEqual([])
  })

  test('while shards were leased and others recorded', async () => {
    const lab = new SqliteEngine(pure)
    const { id } = await lab.start()
    await scoreShard(lab.engine, { tenant: 't', run: id, shard: 0 })
    await lab.engine.runs.claimShard(
      { tenant: 't', run: id, shard: 1 },
      'of a process that is dead',
      lab.engine.leaseMilliseconds,
    )
    crash(lab, back)
    expect(await settle(lab, id)).toBeLessThanOrEqual(3)
    expect(await lab.run(id)).toMatchObject({ status: 'completed', reportDigest: undisturbed })
  })

  test('while the merge was pending, or leased', async () => {
    for (const claimed of [false, true]) {
      const lab = new SqliteEngine(pure)
      const { id } = await lab.start()
      for (const shard of [0, 1, 2]) await scoreShard(lab.engine, { tenant: 't', run: id, shard })
      if (claimed) await lab.engine.jobs.claimJob(`merge:${id}`, 'of a process that is dead', lab.engine.leaseMilliseconds)
      crash(lab, back)
      expect(await settle(lab, id), `claimed: ${claimed}`).toBe(1)
      expect(await lab.run(id)).toMatchObject({ status: 'completed', reportDigest: undisturbed })
    }
  })

  test('while a run was paused', async () => {
    const lab = new SqliteEngine(pure)
    lab.answer = () => Promise.reject(new ModelPaused('the endpoint asks for a longer wait', lab.now + 12 * HOUR))
    const { id } = await lab.start()
    await lab.drain()
    expect(await settle(lab, id)).toBe(Infinity)
    lab.answer = pure.model.run
    crash(lab, back)
    expect(await settle(lab, id)).toBeLessThanOrEqual(3)
    expect(await lab.run(id)).toMatchObject({ status: 'completed', reportDigest: undisturbed })
  })

  test('while a batch was being sent, and never arrived: it is sent a minute later', async () => {
    const lab = await servers.open('batch', { items: 4, timeoutMs: 10_000 })
    lab.watch = (step, when) => {
      if (step === 'send' && when === 'before') throw new Crash()
    }
    const { id } = await lab.begin({}, 4)
    await lab.drain()
    lab.watch = () => {}
    crash(lab, back)
    const begunAt = lab.now
    const run = await lab.finish(await lab.run(id))
    expect(run.status).toBe('completed')
    expect(lab.now - begunAt).toBeLessThan(HOUR / 4)
    expect(servers.endpoint.stats()).toMatchObject({ billed: 4, answers_per_request: { '1': 4 } })
  })

  test('while a batch is under way: it is neither sent again nor given up', async () => {
    const lab = await servers.open('batch', { items: 4, timeoutMs: 10_000 })
    servers.endpoint.turn({ latency_ms: [40, 40] })
    const { id } = await lab.begin({}, 4)
    await lab.drain()
    crash(lab, back)
    const run = await lab.finish(await lab.run(id))
    expect(run.status).toBe('completed')
    expect(JSON.parse(lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')[0]!.outcomes)).toEqual({ answered: 4 })
    expect(servers.endpoint.stats()).toMatchObject({ billed: 4, answers_per_request: { '1': 4 } })
  })

  test('while an endpoint had no room for a batch', async () => {
    let isFull = true
    const damage = async (address: string, response: Response) => {
      if (!isFull || !/\/batches\/[^/]+$/.test(address)) return response
      const errors = { data: [{ code: 'token_limit_exceeded', message: 'no room' }] }
      return Response.json({
        ...((await response.json()) as object),
        status: 'failed',
        output_file_id: null,
        request_counts: null,
        errors,
      })
    }
    const lab = await servers.open('batch', { items: 4, timeoutMs: 10_000, damage })
    const { id } = await lab.begin({ cache: 'on' }, 4)
    for (let rounds = 0; rounds < 4; rounds++) {
      await lab.drain()
      lab.now += 3000
      await sweep(lab.engine)
    }
    expect((await lab.totals(await lab.run(id))).pause?.reason).toContain('no room')
    isFull = false
    crash(lab, back)
    const begunAt = lab.now
    const run = await lab.finish(await lab.run(id))
    expect(run.status).toBe('completed')
    expect(lab.now - begunAt).toBeLessThan(HOUR / 4)
  })

  test('while an endpoint asked for a wait: turns do not wait for the clock to catch up', () => {
    let now = 1_800_000_000_000
    const timers: (() => void)[] = []
    const queue = new TurnQueue({
      now: steadyClock(() => now),
      after: (_milliseconds, action) => {
        timers.push(action)
        return () => {}
      },
      random: () => 0,
    })
    const kinds: string[] = []
    const take = () => queue.take({ requestsPerMinute: 60, tokensPerMinute: null }, ({ kind }) => kinds.push(kind))
    take()
    now -= back
    take()
    expect(kinds).toEqual(['go'])
    now += 1100
    timers.at(-1)!()
    expect(kinds).toEqual(['go', 'go'])
  })

  test('after a run had ended: its webhook is sent, although it was due in the future', async () => {
    const lab = new SqliteEngine(pure)
    const { id } = await lab.start()
    for (const shard of [0, 1, 2]) await scoreShard(lab.engine, { tenant: 't', run: id, shard })
    const merge = lab.jobs.indexOf(`merge:${id}`)
    lab.jobs.splice(0, lab.jobs.length, lab.jobs[merge]!)
    await lab.drain()
    lab.sqlite.exec(`UPDATE outbox SET state = 'pending', lease_token = NULL WHERE kind = 'webhook'`)
    crash(lab, back)
    await sweep(lab.engine)
    await lab.drain()
    expect(lab.rows(`SELECT kind, state FROM outbox WHERE kind = 'webhook'`)).toEqual([{ kind: 'webhook', state: 'done' }])
  })
})

test('a run that another, lost in the future, shares the queue with is not taken for alive by it', async () => {
  const lab = new SqliteEngine(pure)
  lab.now += DAY
  await lab.start()
  lab.now -= DAY
  const { id } = await lab.start()
  lab.now += STALL + 1
  const stalled = await lab.engine.sweeps.stalledRuns(STALL, 5, 10)
  expect(stalled.find(({ runId }) => runId === id)).toMatchObject({ queueAlive: false })
})

test('a wait that is meant lasts: a webhook that was put off is not due before its time', async () => {
  const lab = new SqliteEngine(pure)
  const { id } = await lab.start()
  lab.engine.deliverWebhook = async () => ({ outcome: 'retry', delayMilliseconds: DAY, error: '500' })
  await lab.drain()
  expect(lab.rows(`SELECT attempts FROM outbox WHERE kind = 'webhook' AND resource_id = '${id}'`)).toEqual([{ attempts: 1 }])
  for (let hour = 0; hour < 23; hour++) {
    lab.now += HOUR
    await sweep(lab.engine)
    expect(lab.jobs.filter((job) => job.startsWith('webhook'))).toEqual([])
    await lab.drain()
  }
  lab.now += HOUR
  await sweep(lab.engine)
  expect(lab.jobs.filter((job) => job.startsWith('webhook'))).toHaveLength(1)
})

test('claims, dooms and keys of the future are over as well', async () => {
  const { db } = sqliteD1()
  let now = 1_800_000_000_000 + DAY
  const clock = { now: () => now }
  const claims = createObjectClaims(db, memoryBucket(new Map()), clock, async () => {})
  const keys = createIdempotencyStore(db, clock)
  const crashed = new Error('crashed')
  await db.batch([
    db.prepare(`INSERT INTO object_deletions (tenant_id, kind, digest, due_at) VALUES ('t', 'image', 'd', ${now + 1000})`),
    db.prepare(
      `INSERT INTO object_claims (tenant_id, kind, digest, token, expires_at) VALUES ('t', 'image', 'c', 'dead', ${now + 1000})`,
    ),
  ])
  expect(await keys.claim('t', 'k', 'f', 'a'.repeat(32))).toMatchObject({ outcome: 'claimed' })
  now -= DAY
  expect(await claims.sweep(10)).toBe(2)
  await claims.during('t', [{ kind: 'image', digest: 'd' }], async () => {}).catch(() => Promise.reject(crashed))
  expect(await keys.claim('t', 'k', 'f', 'b'.repeat(32))).toMatchObject({ outcome: 'claimed', claim: { resumed: true } })
})
