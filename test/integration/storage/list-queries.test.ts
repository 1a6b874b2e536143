/** Every list reads its page in index order: no sort, and no full scan. */
import { beforeEach, describe, expect, test } from 'vitest'
import { createEndpointStore } from '../../../src/storage/catalogue/endpoint-store.ts'
import { createEvalStore } from '../../../src/storage/catalogue/eval-store.ts'
import { createTriggerStore } from '../../../src/storage/catalogue/trigger-store.ts'
import { createWebhookTargetStore } from '../../../src/storage/catalogue/webhook-target-store.ts'
import { createDatasetStore } from '../../../src/storage/dataset-store.ts'
import { createFileStore } from '../../../src/storage/file-store.ts'
import { createKeyStore } from '../../../src/storage/key-store.ts'
import { createLeaderboard } from '../../../src/storage/leaderboard.ts'
import { createModelStore } from '../../../src/storage/model-store.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { createRunStore } from '../../../src/storage/runs/run-store.ts'
import { createTableSnapshot } from '../../../src/storage/table-snapshot.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const clock = { now: () => 1 }
const bucket = memoryBucket(new Map())
const run = { tenant: 't', id: 'evalrun_1' } as RunRecord

let db: D1Database
/** The query plan of each prepared statement. */
let plans: Map<string, string[]>

beforeEach(() => {
  const { db: real, sqlite } = sqliteD1()
  plans = new Map()
  const { prepare } = real
  db = Object.assign(Object.create(real) as D1Database, {
    prepare: (sql: string) => {
      const rows = sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
      plans.set(
        sql,
        rows.map((row) => String(row['detail'])),
      )
      return prepare(sql)
    },
  })
})

/** Steps that sort, or scan a table. `json_each` scans a parameter. */
const costly = (plan: readonly string[]) =>
  plan.filter((step) => step.includes('TEMP B-TREE') || (step.startsWith('SCAN ') && !step.includes('VIRTUAL TABLE')))

const claims = () => createObjectClaims(db, bucket, clock)
const PAGES = (['asc', 'desc'] as const).flatMap((order) => [
  { limit: 5, order },
  { limit: 5, order, after: 'x' },
])

const LISTS: Record<string, (page: (typeof PAGES)[number]) => Promise<unknown>> = {
  datasets: (page) => createDatasetStore(db, bucket, clock, () => '', claims()).list('t', page),
  endpoints: (page) => createEndpointStore(db, clock).list('t', page),
  evals: (page) => createEvalStore(db, clock).list('t', page),
  'evals by change': async (page) => {
    const evals = createEvalStore(db, clock)
    await evals.put('t', {
      id: 'x',
      name: null,
      dataSourceConfig: { type: 'dataset', task: 'vqa' },
      criteria: [],
      metadata: null,
    })
    return evals.list('t', { ...page, order_by: 'updated_at' })
  },
  files: (page) => createFileStore(db, bucket, clock, claims()).list('t', page),
  keys: async (page) => {
    const keys = createKeyStore(db, clock, null, createTableSnapshot(clock))
    const { id } = await keys.create('t', 'ci', 'member')
    return keys.list('t', 'after' in page ? { ...page, after: id } : page)
  },
  models: () => createModelStore(db, bucket, clock, claims()).list('t'),
  runs: (page) => createRunViews(db, bucket).list('t', 'eval', page),
  'runs of one status': (page) => createRunViews(db, bucket).list('t', 'eval', { ...page, status: 'completed' }),
  'progress of runs': () => createRunViews(db, bucket).progress('t', ['a', 'b']),
  'errored samples of a run': async () => {
    for await (const _ of createRunViews(db, bucket).evidence(run, 3, 'errored')) throw new Error('there are none')
  },
  'samples of a run': async () => {
    for await (const _ of createRunViews(db, bucket).evidence(run, 3)) throw new Error('there are none')
  },
  'shards of a run': () => createRunStore(db, clock, 1).readShards('t', 'evalrun_1', 0, 10),
  triggers: (page) => createTriggerStore(db, clock, createTableSnapshot(clock)).list('t', page),
  'webhook endpoints': (page) => createWebhookTargetStore(db, clock).list('t', page),
  'leaderboard of a dataset': () => createLeaderboard(db).rows({ dataset: 'd', limit: 5 }),
  'leaderboard of a metric': () => createLeaderboard(db).rows({ metric: 'm', limit: 5 }),
  'tests of leaderboard rows': () => createLeaderboard(db).tests([]),
  'leaderboard of both': () => createLeaderboard(db).rows({ dataset: 'd', metric: 'm', limit: 5 }),
}

describe.each(Object.entries(LISTS))('%s', (_name, list) => {
  test.each(PAGES)('page %o', async (page) => {
    await list(page)
    expect(plans.size).toBeGreaterThan(0)
    for (const [sql, plan] of plans) expect(costly(plan), sql).toEqual([])
  })
})

test('the whole leaderboard is read in the order of its index, up to the limit', async () => {
  await createLeaderboard(db).rows({ limit: 5 })
  expect([...plans.values()]).toEqual([['SCAN leaderboard_rows USING INDEX leaderboard_order']])
})
