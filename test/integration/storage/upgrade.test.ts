/**
 * One database with rows in every table goes through every migration: no row is lost, and lists can still be
 * read.
 *
 * A table appears below under the migration that creates it, so that each row passes through every later
 * migration.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { createComparisonStore } from '../../../src/storage/catalogue/comparison-store.ts'
import { createEndpointStore } from '../../../src/storage/catalogue/endpoint-store.ts'
import { createEvalStore } from '../../../src/storage/catalogue/eval-store.ts'
import { createTriggerStore } from '../../../src/storage/catalogue/trigger-store.ts'
import { createWebhookTargetStore } from '../../../src/storage/catalogue/webhook-target-store.ts'
import { createDatasetStore } from '../../../src/storage/dataset-store.ts'
import { createFileStore } from '../../../src/storage/file-store.ts'
import { createImportStore } from '../../../src/storage/import-store.ts'
import { createJobStore } from '../../../src/storage/job-store.ts'
import { createKeyStore } from '../../../src/storage/key-store.ts'
import { createLeaderboard } from '../../../src/storage/leaderboard.ts'
import { createObjectClaims } from '../../../src/storage/object-claims.ts'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { createRunStore } from '../../../src/storage/runs/run-store.ts'
import { createTableSnapshot } from '../../../src/storage/table-snapshot.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const SPEC = JSON.stringify({
  dataset: { digest: 'd', task: 'vqa', items: 6 },
  selection: { count: 6 },
  criteria: [
    { type: 'vqa_accuracy', name: 'a' },
    { type: 'vqa_accuracy', name: 'b' },
  ],
  subject: { type: 'results', name: 'm', results_digest: 'r' },
})
const tally = (passed: number, failed: number) =>
  JSON.stringify({
    passed,
    failed,
    errored: 1,
    per_criterion: [
      { passed, failed, errored: 0 },
      { passed: failed, failed: passed, errored: 2 },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12, invocations: 3 },
  })

/** Rows for the tables of each migration. */
const ROWS: Readonly<Record<string, string>> = {
  '0001': `
    INSERT INTO tenants VALUES ('t', 'Tenant', 1);
    INSERT INTO api_keys VALUES ('t', 'key', 'hash', 'laptop', 'admin', 1, NULL);
    INSERT INTO daily_usage VALUES ('anonymous', '2026-01-01', 3);
    INSERT INTO files VALUES ('t', 'file-1', 'sha', 9, 'a.json', 'evals', 1);
    INSERT INTO images VALUES ('t', 'pic', 'image/png', 9, 1, 1, 1);
    INSERT INTO datasets VALUES ('t', 'ds', 'questions', 1);
    INSERT INTO dataset_versions VALUES ('t', 'ds', 'd', 0, 'vqa', 'vqa-v2', 6, 0, 3, '{"strata":[],"source":{}}', 1),
                                        ('t', 'ds', 'e', 1, 'vqa', 'vqa-v2', 7, 0, 3, '{"strata":[],"source":{}}', 2);
    INSERT INTO dataset_images VALUES ('t', 'ds', 'd', 'pic');
    INSERT INTO evals VALUES ('t', 'eval', 'mine', '{"type":"dataset","task":"vqa"}', '[]', NULL, 1);
    INSERT INTO runs VALUES
      ('t', 'evalrun_1', 'eval', 'open', 'in_progress', 'public', 'ds', 'd', 'edge', '${SPEC}', 's', '{}', NULL, 6, 1, 1, 0, NULL, NULL, NULL, NULL),
      ('t', 'evalrun_2', 'eval', NULL, 'completed', 'public', 'ds', 'd', 'edge', '${SPEC}', 's', '{}', NULL, 6, 2, 2, 0, 3, 'report', 'rows', NULL);
    INSERT INTO shards (tenant_id, run_id, shard, first_ordinal, end_ordinal, state, attempts, rows, evidence_key, tally, error) VALUES
      ('t', 'evalrun_1', 0, 0, 2, 'recorded', 1, x'0102', 'evidence', '${tally(1, 0)}', NULL),
      ('t', 'evalrun_1', 1, 2, 4, 'recorded', 1, x'0304', 'evidence', '${tally(0, 1)}', NULL),
      ('t', 'evalrun_1', 2, 4, 5, 'failed', 5, NULL, NULL, NULL, 'damaged'),
      ('t', 'evalrun_1', 3, 5, 6, 'pending', 0, NULL, NULL, NULL, NULL);
    INSERT INTO reports VALUES ('t', 'report', 'public', '{"counts":{"used":6}}', 3);
    INSERT INTO leaderboard_rows VALUES
      ('t', 'evalrun_2', 'a', 'questions', 'd', 'm', 'accuracy', 'v', 'higher_is_better', 0.5, 0.1, 0.9, 0.95, 'wilson', 6, 0, 0, 'report', 3);
    INSERT INTO outbox VALUES ('t', 'merge:evalrun_1', 'merge', 'evalrun_1', '{}', 'pending', 1, 4, NULL, NULL, 'x', 4);
    INSERT INTO endpoints VALUES ('t', 'gpu', 'https://gpu.example', NULL, 1, 2, 3, 1);
    INSERT INTO webhook_endpoints VALUES ('t', 'we_1', 'https://receiver.example', 'sealed', 1, NULL);
    INSERT INTO triggers VALUES ('t', 'trig', 'hub', 'eval', 'github', 'sealed', '{}', 1);
    INSERT INTO trigger_deliveries VALUES ('t', 'trig', 'delivery', 'evalrun_2', 1);`,
  '0004': `
    INSERT INTO uploads VALUES ('t', 'upload', 'b.json', 'application/json', 9, 'pending', NULL, 1, 2);
    INSERT INTO upload_parts (tenant_id, upload_id, part_id, offset, bytes, created_at) VALUES ('t', 'upload', 'part', 0, 9, 1);
    INSERT INTO dataset_imports VALUES ('t', 'imp_1', 'big', 'vqa-v2', NULL, 'in_progress', '{}', NULL,
      '{"phase":"read","bytes_read":0,"bytes_total":9,"items":0}', NULL, NULL, NULL, 1, NULL);
    INSERT INTO outbox (tenant_id, job_id, kind, run_id, payload, state, due_at, created_at)
      VALUES ('t', 'import:imp_1', 'import', 'imp_1', '{}', 'pending', 4, 4);`,
  '0005': `INSERT INTO models VALUES ('t', 'mine', '{}', 1, NULL);`,
  '0007': `INSERT INTO idempotency_keys VALUES ('t', 'key', 'print', 'id', 5, NULL, NULL, 1);`,
  '0009': `
    INSERT INTO object_claims VALUES ('t', 'image', 'pic', 'token', 5);
    INSERT INTO doomed_objects VALUES ('t', 'dataset', 'gone', 6);`,
  '0011': `INSERT INTO model_files VALUES ('t', 'mine', 'weights');`,
  '0018': `INSERT INTO comparisons VALUES ('t', 'cmp', NULL, NULL, '{}', 1);`,
  '0020': `INSERT INTO import_images VALUES ('t', 'imp', 'a.png', 'a', 'pic', 'image/png', 9, 1, 1, 0);`,
  '0022': `
    INSERT INTO endpoint_calls VALUES ('t', 'evalrun_1', 'call', 'item', 'key', 'open', NULL, NULL, 0, 0, 0, 5, 1, NULL);
    INSERT INTO endpoint_answers VALUES ('t', 'key', 'evalrun_1', 9, 1);`,
  '0024': `INSERT INTO submissions VALUES ('t', 'evalrun_1', 'sub', 0, 'batch_1', 1, NULL);`,
  '0025': `
    INSERT INTO signing_keys VALUES ('t', 'kid', 'x', 'sealed', 1, NULL, 0);
    INSERT INTO run_manifests VALUES ('t', 'evalrun_2', 'report', '{}', NULL, NULL, 3);
    INSERT INTO recomputations VALUES ('t', 'evalrun_2', 'completed', '{}', NULL, 4, 5);`,
  '0032': `
    INSERT INTO direct_calls VALUES ('t', 'call', 'key', 'gpu', '2026-01-01', 'open', NULL, NULL, 0, 0, 0, 5, 1, NULL);
    INSERT INTO direct_ledger VALUES ('t', 'gpu', '2026-01-01', 'key', 1, 0, 0, 0, 0, 0, 5);`,
  '0033': `INSERT INTO stored_completions VALUES ('t', 'chatcmpl-1', 'm', '{}', '{}', 9, 1, 2, '[]', '{}');`,
  '0026': `UPDATE triggers SET filter = '{"branches":["main"]}'; UPDATE trigger_deliveries SET commit_status = NULL;`,
  '0030': `INSERT INTO leaderboard_pairs VALUES ('t', 'evalrun_2', 'a', 'accuracy', 't', 'evalrun_3', 'a', 0.5, 1);`,
  '0031': `UPDATE endpoint_answers SET doomed_at = NULL;`,
  '0029': `UPDATE comparisons SET error = NULL WHERE state = 'completed';`,
}

const clock = { now: () => 10 }
const sqlite = new DatabaseSync(':memory:')
const { db } = sqliteD1(undefined, sqlite)
const bucket = memoryBucket(new Map())
const all = (sql: string) => sqlite.prepare(sql).all()
const page = { limit: 10, order: 'asc' } as const
/** Rows per table, once all are filled. */
const filled = new Map<string, number>()

beforeAll(() => {
  for (const name of readdirSync('migrations').toSorted()) {
    sqlite.exec(readFileSync(`migrations/${name}`, 'utf8'))
    const rows = ROWS[name.slice(0, 4)] ?? ''
    sqlite.exec(rows)
    for (const [, table] of rows.matchAll(/INSERT INTO (\w+)/g))
      filled.set(table!, Number(all(`SELECT COUNT(*) AS n FROM ${table}`)[0]!['n']))
  }
})

/** Rows that migrations compute from runs and shards; a ledger only for runs in progress. */
const COMPUTED: Readonly<Record<string, number>> = { run_progress: 2, run_ledger: 1, run_events: 1 }

/** Rows that migrations add to filled tables: the job that ranks a listed run. */
const ADDED: Readonly<Record<string, number>> = { outbox: 1 }

test('every table has rows, and none was lost', () => {
  for (const { name } of all(`SELECT name FROM sqlite_master WHERE type = 'table'`)) {
    const table = String(name)
    const rows = Number(all(`SELECT COUNT(*) AS n FROM ${table}`)[0]!['n'])
    // Renamed, and computed from runs and shards.
    const before =
      (filled.get(table === 'object_deletions' ? 'doomed_objects' : table) ?? COMPUTED[table] ?? 0) + (ADDED[table] ?? 0)
    expect(rows, table).toBe(before)
    expect(rows, table).toBeGreaterThan(0)
  }
})

test('no enumeration is left in a CHECK', () => {
  expect(all(`SELECT name FROM sqlite_master WHERE sql LIKE '%CHECK (%'`)).toEqual([])
})

describe('after the last migration', () => {
  test('runs are listed, with the progress that a sum over their shards had', async () => {
    const views = createRunViews(db, bucket)
    const runs = await views.list('t', 'eval', page)
    expect(runs).toMatchObject([
      { id: 'evalrun_1', name: 'open', status: 'in_progress', visibility: 'public', maxErrored: 0.1, createdAt: 1 },
      { id: 'evalrun_2', status: 'completed', reportDigest: 'report', rowsKey: 'rows', endedAt: 3 },
    ])
    const progress = await views.progress('t', ['evalrun_1', 'evalrun_2'])
    expect(progress.get('evalrun_1')).toEqual({
      shards: 4,
      recorded: 2,
      failed: 1,
      skipped: 0,
      counts: { passed: 1, failed: 1, errored: 3 },
      perCriterion: [
        { passed: 1, failed: 1, errored: 1 },
        { passed: 1, failed: 1, errored: 5 },
      ],
      usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24, invocations: 6 },
      outcomes: { shard_failed: 1 },
      storedAnswers: 0,
    })
    expect(progress.get('evalrun_2')).toMatchObject({ shards: 0, perCriterion: [{ passed: 0 }, { passed: 0 }] })
  })

  test('shards keep their rows and states', async () => {
    const shards = await createRunStore(db, clock, 1).readShards('t', 'evalrun_1', 0, 6)
    expect(shards.map(({ state, rows }) => [state, rows && [...rows]])).toEqual([
      ['recorded', [1, 2]],
      ['recorded', [3, 4]],
      ['failed', null],
      ['pending', null],
    ])
  })

  test('jobs name their run or import, and can be claimed', async () => {
    const jobs = createJobStore(db, clock, { resendMilliseconds: 1, leaseMilliseconds: 1 })
    expect(await jobs.claimJob('merge:evalrun_1', 'token', 1)).toMatchObject({
      kind: 'merge',
      resource: { kind: 'run', id: 'evalrun_1' },
      attempts: 1,
    })
    // Listed before there were paired tests.
    expect(await jobs.claimJob('rank:evalrun_2', 'token', 1)).toMatchObject({
      kind: 'rank',
      resource: { kind: 'run', id: 'evalrun_2' },
    })
    expect(await jobs.claimJob('import:imp_1', 'token', 1)).toMatchObject({ resource: { kind: 'import', id: 'imp_1' } })
  })

  test('everything else is listed', async () => {
    const claims = createObjectClaims(db, bucket, clock)
    const snapshots = createTableSnapshot(clock)
    expect(await createDatasetStore(db, bucket, clock, () => '', claims).list('t', page)).toMatchObject([{ digest: 'e' }])
    expect(await createFileStore(db, bucket, clock, claims).list('t', page)).toMatchObject([{ filename: 'a.json' }])
    expect(await createEvalStore(db, clock).list('t', page)).toMatchObject([{ name: 'mine' }])
    expect(await createEndpointStore(db, clock).list('t', page)).toMatchObject([{ name: 'gpu' }])
    expect(await createWebhookTargetStore(db, clock).list('t', page)).toMatchObject([{ id: 'we_1' }])
    expect(await createComparisonStore(db, clock).list('t', page)).toMatchObject([{ id: 'cmp', state: 'completed', error: null }])
    expect(await createTriggerStore(db, clock, snapshots).list('t', page)).toMatchObject([
      { scheme: 'github', filter: { branches: ['main'] }, commitStatus: null },
    ])
    expect(await createKeyStore(db, clock, null, createTableSnapshot(clock)).list('t', page)).toMatchObject([{ role: 'admin' }])
    expect(await createImportStore(db, clock).find('t', 'imp_1')).toMatchObject({ status: 'in_progress' })
    expect(await createLeaderboard(db).rows({ limit: 9 })).toMatchObject([
      { model: 'm', not_ranked: null, value: 0.5, used: 6, items: 6, subject: { type: 'results' } },
    ])
    expect(all(`SELECT * FROM object_deletions`)).toMatchObject([{ kind: 'dataset', digest: 'gone', due_at: 6 }])
  })
})
