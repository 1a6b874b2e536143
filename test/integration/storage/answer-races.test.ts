/** Deletion of old answers beside requests for them: any order of steps, and deaths at any of them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FREE } from '../../../src/contracts/call-cost.ts'
import { createRunAccount } from '../../../src/models/endpoint/ledger/call-account.ts'
import { MARKED_MILLISECONDS, pruneAnswers } from '../../../src/storage/answer-pruning.ts'
import { createCallLedger } from '../../../src/storage/call-ledger.ts'
import { createAnswerStore } from '../../../src/storage/endpoint-answers.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import '../../support/property-seed.ts'
import { actTogether, haltedAt } from '../../support/races.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const DAY = 86_400_000
const RETENTION = 90 * DAY
const NOW = 1_800_000_000_000
const BODY = new TextEncoder().encode('{"answer": "red"}')

interface State {
  /** The mark of the answer, in milliseconds before now. null: not marked. */
  readonly marked: number | null
  /** A sweep died after it had deleted the object. */
  readonly hasObject: boolean
}

/** One answer that is old, and a run in progress that needs it. */
function world({ marked, hasObject }: State) {
  const { db, sqlite } = sqliteD1()
  sqlite.exec(`PRAGMA foreign_keys = OFF;
    INSERT INTO runs (tenant_id, run_id, eval_id, status, visibility, dataset_id, dataset_digest, queue, spec, spec_digest,
                      data_source, planned, created_at, transition_at)
    VALUES ('t', 'r', 'e', 'in_progress', 'private', 'ds', 'd', 'endpoint', '{}', 's', '{}', 1, 0, 0);
    INSERT INTO run_ledger (tenant_id, run_id, answers_of, answer_cache, created_at) VALUES ('t', 'r', 'r', 'on', 0)`)
  const objects = new Map<string, Uint8Array>()
  let calls = 0
  let paid = 0
  const clock = { now: () => NOW }
  /** The answer, as one request gets it. */
  async function ask(pause: () => Promise<void>): Promise<'stored' | 'paid'> {
    const account = createRunAccount({
      ledger: createCallLedger(sqliteD1(pause, sqlite).db, clock),
      answers: createAnswerStore(memoryBucket(objects, pause)),
      run: { tenant: 't', id: 'r' },
      settings: { cache: 'on', answersOf: 'r', maxRequests: null, maxCostNano: null },
      addressDigest: 'a',
      price: FREE,
      newId: () => `call ${++calls}`,
    })
    const request = { path: 'chat', body: BODY, item: 'i', deterministic: true, maxCompletionTokens: 1, images: 0 }
    const purchase = await account.open(request)
    for (let tries = 0; tries < 20; tries++) {
      if ((await purchase.kept()) !== null) return 'stored'
      const call = await purchase.begin()
      if (call === null) continue
      await pause()
      paid++
      await call.settle({ status: 200, outcome: 'answered', usage: null, answer: BODY })
      return 'paid'
    }
    throw new Error('the request is neither answered nor sent')
  }
  const prune = (pause: () => Promise<void>, now = NOW) =>
    pruneAnswers(
      sqliteD1(pause, sqlite).db,
      memoryBucket(objects, pause),
      { now: () => now },
      {
        retention: RETENTION,
        limit: 10,
      },
    )
  const listed = () => sqlite.prepare('SELECT answer_key FROM endpoint_answers WHERE doomed_at IS NULL').all().length
  const rows = () => sqlite.prepare('SELECT answer_key FROM endpoint_answers').all().length
  /** The answer was paid for long ago, by a run that has ended. */
  async function begin(): Promise<void> {
    await ask(async () => {})
    paid = 0
    sqlite
      .prepare(`UPDATE endpoint_answers SET run_id = 'ended', created_at = ?, doomed_at = ?`)
      .run(NOW - 2 * RETENTION, marked === null ? null : NOW - marked)
    if (!hasObject) objects.clear()
  }
  return { db, sqlite, objects, ask, prune, begin, listed, rows, paid: () => paid }
}

const HOURS_AGO = 2 * MARKED_MILLISECONDS
const step = async () => {}

const act = fc.record({ kind: fc.constantFrom('prune', 'ask'), crash: fc.oneof(fc.constant(Infinity), fc.nat({ max: 9 })) })

test('a request is answered or sent after any of it, and pays once', async () => {
  const state = fc.record({ marked: fc.constantFrom(null, 0, HOURS_AGO), hasObject: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), state, fc.array(act, { minLength: 2, maxLength: 5 }), async (s, begun, acts) => {
      const { begin, prune, ask, objects, rows, paid, sqlite } = world(begun)
      await begin()
      await actTogether(s, acts, ({ kind }, pause) => (kind === 'prune' ? prune(pause) : ask(pause)))
      const isKept = objects.size === 1
      const before = paid()
      await ask(step)
      // A stored answer costs nothing.
      expect(paid()).toBe(before + (isKept ? 0 : 1))
      expect(objects.size).toBe(1)
      // Without a row, an answer is found by the call that its consumer left open.
      const open = sqlite.prepare(`SELECT 1 FROM endpoint_calls WHERE state = 'open'`).all().length
      expect(rows() + open).toBeGreaterThan(0)
      expect(await ask(step)).toBe('stored')
    }),
    { numRuns: 100 },
  )
})

test('an answer that was marked in time is never deleted after it was paid for anew', async () => {
  for (let stop = 0; stop < 8; stop++) {
    const { begin, prune, ask, objects, listed } = world({ marked: HOURS_AGO, hasObject: true })
    await begin()
    // Two sweeps at once, and a request between any two steps of the first.
    await haltedAt(stop, prune, async () => {
      await prune(step)
      await ask(step)
    })
    expect(objects.size, `stopped at ${stop}`).toBe(listed())
  }
})

describe('an object that is gone although its row is there', () => {
  test('is asked for again', async () => {
    const { begin, ask, objects, listed } = world({ marked: null, hasObject: false })
    await begin()
    expect(await ask(step)).toBe('paid')
    expect([objects.size, listed()]).toEqual([1, 1])
  })
})

test('an answer in the way of another that is deleted before it can be read is stored after all', async () => {
  const objects = new Map<string, Uint8Array>()
  const bucket = memoryBucket(objects)
  const store = createAnswerStore(bucket)
  await store.keep('t', 'key', new Uint8Array(1))
  const { get } = bucket
  bucket.get = async (...of: Parameters<typeof get>) => {
    objects.clear()
    bucket.get = get
    return get.apply(bucket, of)
  }
  expect(await store.keep('t', 'key', BODY)).toEqual(BODY)
  expect([...objects.values()]).toEqual([BODY])
})

describe('a consumer that died between an answer and its row', () => {
  /** Asks until the first step after the object is stored. */
  async function died() {
    const lab = world({ marked: null, hasObject: true })
    for (let crash = 1; lab.objects.size === 0; crash++) {
      let steps = 0
      await lab
        .ask(async () => {
          if (lab.objects.size > 0 || ++steps > crash) throw new Error('dead')
        })
        .catch(() => {})
    }
    expect(lab.listed()).toBe(0)
    lab.sqlite.exec(`UPDATE endpoint_calls SET begun_at = ${NOW}`)
    return lab
  }

  test('leaves an answer that is deleted in its time, once its run has ended', async () => {
    const { prune, objects, sqlite } = await died()
    const later = NOW + RETENTION
    expect([await prune(step, later), objects.size]).toEqual([0, 1])
    sqlite.exec(`UPDATE runs SET status = 'completed'`)
    for (const now of [later, later + MARKED_MILLISECONDS]) await prune(step, now)
    expect(objects.size).toBe(0)
    expect(sqlite.prepare('SELECT * FROM endpoint_answers').all()).toEqual([])
    // Found once.
    await prune(step, later + 2 * MARKED_MILLISECONDS)
    expect(sqlite.prepare('SELECT * FROM endpoint_answers').all()).toEqual([])
  })
})

test('answers of a run stay while a retry of it is in progress', async () => {
  const { begin, prune, objects, sqlite } = world({ marked: null, hasObject: true })
  await begin()
  sqlite.exec(`UPDATE run_ledger SET answers_of = 'ended'`)
  const twice = async () => {
    for (const wait of [0, MARKED_MILLISECONDS]) await prune(step, NOW + wait)
    return objects.size
  }
  expect(await twice()).toBe(1)
  sqlite.exec(`UPDATE runs SET status = 'completed'`)
  expect(await twice()).toBe(0)
})
