/** Rows deleted by the sweep, when, and how little it reads to find them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTriggerStore } from '../../../src/storage/catalogue/trigger-store.ts'
import { MARKED_MILLISECONDS, pruneAnswers } from '../../../src/storage/answer-pruning.ts'
import { createCallLedger } from '../../../src/storage/call-ledger.ts'
import { createAnswerStore } from '../../../src/storage/endpoint-answers.ts'
import { prune } from '../../../src/storage/pruning.ts'
import { createTableSnapshot } from '../../../src/storage/table-snapshot.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 1_800_000_000_000
const CLOCK = { now: () => NOW }

function world() {
  const { db, sqlite } = sqliteD1()
  sqlite.exec(`INSERT INTO triggers (tenant_id, trigger_id, name, eval_id, scheme, sealed_secret, run_template, created_at)
    VALUES ('t', 'gh', 'hub', 'eval', 'github', 's', '{}', 0),
    ('t', 'std', 'standard', 'eval', 'standard_webhooks', 's', '{}', 0), ('u', 'other', 'standard', 'eval', 'standard_webhooks', 's', '{}', 0)`)
  const job = sqlite.prepare(
    `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
     VALUES ('t', ?, 'merge', 'run', 'run', '{}', ?, ?, ?)`,
  )
  const delivery = sqlite.prepare(
    `INSERT INTO trigger_deliveries (tenant_id, trigger_id, delivery_key, run_id, created_at) VALUES (?, ?, ?, 'run', ?)`,
  )
  const names = (sql: string) =>
    sqlite
      .prepare(sql)
      .all()
      .map((row) => String(row['name']))
  return {
    db,
    sqlite,
    prune: (limit: number) => prune(db, CLOCK, limit),
    addJob: (id: string, state: string, age: number) => job.run(id, state, NOW - age, NOW - age),
    addDelivery: (tenant: string, trigger: string, key: string, age: number) => delivery.run(tenant, trigger, key, NOW - age),
    jobs: () => names(`SELECT job_id AS name FROM outbox ORDER BY job_id`),
    deliveries: () => names(`SELECT delivery_key AS name FROM trigger_deliveries ORDER BY delivery_key`),
  }
}

describe('stored answers of endpoints', () => {
  const RETENTION = 90 * DAY
  async function answers() {
    const { db, sqlite } = world()
    const objects = new Map<string, Uint8Array>()
    const bucket = memoryBucket(objects)
    const add = async (key: string, age: number, run = 'ended', tenant = 't') => {
      await createAnswerStore(bucket).keep(tenant, key, new Uint8Array(3))
      sqlite
        .prepare(`INSERT INTO endpoint_answers (tenant_id, answer_key, run_id, bytes, created_at) VALUES (?, ?, ?, 3, ?)`)
        .run(tenant, key, run, NOW - age)
    }
    const keys = () => [...objects.keys()].map((key) => key.split('/').at(-1)).toSorted()
    /** Two sweeps: the second one deletes what the first has marked. */
    const pruneOf = async (limit: number, store = bucket) => {
      const first = await pruneAnswers(db, store, CLOCK, { retention: RETENTION, limit })
      return (
        first + (await pruneAnswers(db, store, { now: () => NOW + MARKED_MILLISECONDS }, { retention: RETENTION + DAY, limit }))
      )
    }
    return { db, sqlite, bucket, add, keys, pruneOf }
  }

  test('are deleted oldest first after their time, except those of a run in progress', async () => {
    const { sqlite, add, keys, pruneOf } = await answers()
    sqlite.exec('PRAGMA foreign_keys = OFF')
    const columns = sqlite.prepare(`SELECT name, type, "notnull" AS needed, dflt_value FROM pragma_table_info('runs')`).all()
    const needed = columns.filter(({ needed, dflt_value }) => needed === 1 && dflt_value === null)
    const valueOf = (name: unknown, type: unknown) =>
      name === 'tenant_id' ? 't' : name === 'run_id' ? 'running' : name === 'status' ? 'in_progress' : type === 'INTEGER' ? 0 : ''
    sqlite
      .prepare(
        `INSERT INTO runs (${needed.map(({ name }) => String(name)).join(', ')}) VALUES (${needed.map(() => '?').join(', ')})`,
      )
      .run(...needed.map(({ name, type }) => valueOf(name, type)))
    await add('oldest', RETENTION + 2)
    await add('old', RETENTION, 'ended', 'u')
    await add('young', RETENTION - 1)
    await add('of a run in progress', 2 * RETENTION, 'running')
    expect(await pruneOf(1)).toBe(1)
    expect(keys()).toEqual(['of a run in progress', 'old', 'young'])
    expect(await pruneOf(100)).toBe(1)
    expect(await pruneOf(100)).toBe(0)
    expect(keys()).toEqual(['of a run in progress', 'young'])
    expect(sqlite.prepare('SELECT COUNT(*) AS n FROM endpoint_answers').get()).toEqual({ n: 2 })
  })

  test('are deleted by the next sweep where one has crashed; until then their requests are admitted', async () => {
    const { db, sqlite, bucket, add, keys, pruneOf } = await answers()
    await add('key', RETENTION)
    const broken = Object.assign(Object.create(bucket) as R2Bucket, { delete: () => Promise.reject(new Error('R2 is away')) })
    await expect(pruneOf(10, broken)).rejects.toThrow('R2 is away')
    expect(keys()).toEqual(['key'])
    const listed = `SELECT 1 FROM endpoint_answers WHERE answer_key = 'key' AND doomed_at IS NULL`
    expect(sqlite.prepare(listed).all()).toEqual([])
    // Paid for anew: the answer stays for another term.
    sqlite.exec(`INSERT INTO run_ledger (tenant_id, run_id, answers_of, answer_cache, created_at) VALUES ('t', 'r', 'r', 'on', 0);
      INSERT INTO endpoint_calls (tenant_id, run_id, call_id, item_id, answer_key, state, held_nano, begun_at)
      VALUES ('t', 'r', 'c', 'i', 'key', 'open', 0, 0)`)
    await createCallLedger(db, CLOCK).settle({
      tenant: 't',
      run: 'r',
      call: 'c',
      state: 'settled',
      status: 200,
      outcome: 'answered',
      promptTokens: 0,
      completionTokens: 0,
      costNano: 0,
      answerBytes: 3,
      unpaid: false,
    })
    expect(sqlite.prepare(listed).all()).toHaveLength(1)
    expect(await pruneOf(10)).toBe(0)
    sqlite.exec(`UPDATE endpoint_answers SET doomed_at = 1`)
    expect(await pruneOf(10)).toBe(1)
    expect(keys()).toEqual([])
  })
})

describe('pruning', () => {
  test('deletes jobs done a week ago and dead a month ago, and no pending ones', async () => {
    const { prune: pruneOf, addJob, jobs } = world()
    addJob('done, a week', 'done', 7 * DAY)
    addJob('done, less', 'done', 7 * DAY - 1)
    addJob('dead, a month', 'dead', 30 * DAY)
    addJob('dead, less', 'dead', 30 * DAY - 1)
    addJob('owed for a year', 'pending', 365 * DAY)
    expect(await pruneOf(100)).toBe(2)
    expect(jobs()).toEqual(['dead, less', 'done, less', 'owed for a year'])
  })

  test('counts the age of a job from its last due time, not from its creation', async () => {
    const { prune: pruneOf, sqlite, addJob, jobs } = world()
    addJob('repeated until yesterday', 'done', 20 * DAY)
    sqlite.prepare(`UPDATE outbox SET due_at = ?`).run(NOW - DAY)
    expect(await pruneOf(100)).toBe(0)
    expect(jobs()).toHaveLength(1)
  })

  test('never deletes a delivery of GitHub’s, which could be replayed at any time, while its trigger exists', async () => {
    const { db, prune: pruneOf, addDelivery, deliveries } = world()
    addDelivery('t', 'gh', 'ten years old', 3650 * DAY)
    addDelivery('t', 'std', 'a month old', 30 * DAY)
    addDelivery('t', 'std', 'younger', 30 * DAY - 1)
    addDelivery('u', 'other', 'of another tenant, a month old', 31 * DAY)
    expect(await pruneOf(100)).toBe(2)
    expect(deliveries()).toEqual(['ten years old', 'younger'])
    await createTriggerStore(db, CLOCK, createTableSnapshot(CLOCK)).delete('t', 'gh')
    expect(deliveries(), 'a trigger takes its deliveries with it').toEqual(['younger'])
  })

  test('deletes the oldest first, a limited number of each kind at a time, until none is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 60 * 24 }), { maxLength: 30 }),
        fc.array(fc.nat({ max: 60 * 24 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        async (jobAges, deliveryAges, limit) => {
          const { prune: pruneOf, sqlite, addJob, addDelivery, jobs } = world()
          jobAges.forEach((hours, index) => addJob(`job ${index}`, 'done', hours * HOUR))
          deliveryAges.forEach((hours, index) => addDelivery('t', 'std', `delivery ${index}`, hours * HOUR))
          const oldJobs = jobAges.filter((hours) => hours >= 7 * 24).length
          const oldDeliveries = deliveryAges.filter((hours) => hours >= 30 * 24).length
          const pruned = await pruneOf(limit)
          expect(pruned).toBe(Math.min(limit, oldJobs) + Math.min(limit, oldDeliveries))
          const left = jobs().map((id) => jobAges[Number(id.slice('job '.length))]!)
          expect(left.toSorted((a, b) => a - b)).toEqual(
            jobAges.toSorted((a, b) => a - b).slice(0, jobAges.length - Math.min(limit, oldJobs)),
          )
          let rounds = 0
          while ((await pruneOf(limit)) > 0) rounds++
          expect(rounds).toBeLessThanOrEqual(30)
          expect(sqlite.prepare(`SELECT count(*) AS n FROM outbox WHERE due_at <= ?`).get(NOW - 7 * DAY)).toEqual({ n: 0 })
          expect(
            sqlite.prepare(`SELECT count(*) AS n FROM trigger_deliveries WHERE created_at <= ?`).get(NOW - 30 * DAY),
          ).toEqual({
            n: 0,
          })
        },
      ),
      { numRuns: 30 },
    )
  })

  test('finds what is old by an index, whatever else there is', async () => {
    const { db, sqlite } = world()
    const plans: string[] = []
    const { prepare } = db
    const spying = Object.assign(Object.create(db) as D1Database, {
      prepare: (sql: string) => {
        plans.push(
          ...sqlite
            .prepare(`EXPLAIN QUERY PLAN ${sql}`)
            .all()
            .map((row) => String(row['detail'])),
        )
        return prepare(sql)
      },
    })
    await prune(spying, CLOCK, 100)
    // Triggers are few: one per agreement with a sender.
    expect(plans.filter((detail) => detail.startsWith('SCAN'))).toEqual(['SCAN t'])
    expect(plans.filter((detail) => /^SEARCH .* USING .*INDEX/.test(detail))).toHaveLength(8)
  })
})
