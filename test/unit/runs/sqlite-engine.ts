/**
 * The engine over real stores in SQLite, one message at a time, with everything else in the test's hands: the clock, the messages,
 * what a subject answers and what is stored.
 * @module
 */
import type { DatabaseSync } from 'node:sqlite'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { Engine, ShardReference } from '../../../src/contracts/ports.ts'
import type { Predictor } from '../../../src/contracts/predictor.ts'
import type { NewRun, RunRecord } from '../../../src/contracts/run.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { workJob } from '../../../src/runs/jobs.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { createJobStore } from '../../../src/storage/job-store.ts'
import { createRunStore } from '../../../src/storage/run-store.ts'
import { createSweepStore } from '../../../src/storage/sweep-store.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import type { PureRun } from './pure-run.ts'

export const LEASE = 60_000
export const STALL = 90_000

export class SqliteEngine {
  now = 1_800_000_000_000
  readonly shards: ShardReference[] = []
  readonly jobs: string[] = []
  readonly objects = new Map<string, Uint8Array>()
  readonly published = new Map<string, string>()
  observe: Predictor['observe']
  readonly sqlite: DatabaseSync
  readonly db: D1Database
  readonly engine: { -readonly [K in keyof Engine]: Engine[K] }
  readonly #pure: PureRun
  #serial = 0

  constructor(pure: PureRun) {
    this.#pure = pure
    this.observe = pure.predictor.observe
    const { db, sqlite } = sqliteD1()
    this.db = db
    this.sqlite = sqlite
    const clock = { now: () => this.now }
    this.engine = {
      clock,
      runs: createRunStore(db, clock, LEASE),
      jobs: createJobStore(db, clock, { resendMilliseconds: LEASE, leaseMilliseconds: LEASE }),
      sweeper: createSweepStore(db, clock, LEASE),
      blobs: {
        putHashed: async (run, kind, bytes) => {
          const key = `${run.id}/${kind}/${await sha256Hex(bytes)}`
          this.objects.set(key, bytes)
          return key
        },
        get: async (key) => {
          const bytes = this.objects.get(key)
          if (bytes === undefined) throw new Error(`object ${key} is missing`)
          return bytes
        },
        delete: async (keys) => {
          for (const key of keys) this.objects.delete(key)
        },
        putScores: () => Promise.reject(new Error('no run here has a proxy')),
        readScores: () => Promise.reject(new Error('no run here has a proxy')),
        keysOfRun: async (run) => [...this.objects.keys()].filter((key) => key.startsWith(`${run.id}/`)),
      },
      publisher: {
        putReport: async (digest, body) => void this.published.set(digest, body),
        deleteReport: async (digest) => {
          this.published.delete(digest)
        },
        isPublic: async (digest) =>
          (await db.prepare(`SELECT 1 FROM reports WHERE digest = ?1 AND visibility = 'public'`).bind(digest).first()) !== null,
        readReportBody: async (tenant, digest) =>
          db.prepare(`SELECT body FROM reports WHERE tenant_id = ?1 AND digest = ?2`).bind(tenant, digest).first<string>('body'),
      },
      queues: {
        sendShards: async (_queue, run, shards) => void this.shards.push(...shards.map((shard) => ({ run, shard }))),
        sendJobs: async (jobs) => void this.jobs.push(...jobs),
      },
      leaseMilliseconds: LEASE,
      stallMilliseconds: STALL,
      newToken: () => `token ${++this.#serial}`,
      every: () => () => {},
      openDataset: async () => ({
        version: pure.version,
        items: async (first, end) => pure.items.slice(first, end),
        columns: async () => pure.columns,
      }),
      predictorFor: async () => ({ ...pure.predictor, observe: (item, needs) => this.observe(item, needs) }),
      workImport: () => Promise.reject(new Error('no import here')),
      failImport: () => Promise.reject(new Error('no import here')),
      expireUploads: async () => 0,
      collectObjects: async () => 0,
      deliverWebhook: async () => ({ outcome: 'delivered' }),
      failpoint: async () => {},
    }
    sqlite.exec(`INSERT INTO evals VALUES ('t', 'eval', NULL, '{}', '[]', NULL, 0);
      INSERT INTO dataset_versions VALUES ('t', 'ds', '${pure.version.digest}', 0, '${pure.version.task}', 'test', ${pure.items.length}, 0, 1, '{}', 0);
      INSERT INTO webhook_endpoints VALUES ('t', 'we', 'https://receiver.example', 'sealed', 0, NULL)`)
  }

  /** A run that is committed and sent. */
  async start({ shardSize = 4, ...wish }: Partial<NewRun> & { readonly shardSize?: number } = {}): Promise<RunRecord> {
    const run = { ...this.#pure.run, id: `evalrun_${++this.#serial}`, ...wish }
    await this.engine.runs.createRun(run, layOut(run.spec.selection.count, shardSize))
    await fanOut(this.engine, { tenant: run.tenant, runId: run.id, queue: run.queue })
    return this.run(run.id)
  }

  async run(id: string): Promise<RunRecord> {
    return (await this.engine.runs.findRun('t', id))!
  }

  /** Takes and handles messages until there are none. A message that failed is not taken again. */
  async drain(): Promise<(ShardReference | string)[]> {
    const failed: (ShardReference | string)[] = []
    while (this.shards.length + this.jobs.length > 0) {
      const shard = this.shards.shift()
      if (shard) await scoreShard(this.engine, shard).catch(() => failed.push(shard))
      const job = shard ? undefined : this.jobs.shift()
      if (job) await workJob(this.engine, job).catch(() => failed.push(job))
    }
    return failed
  }

  rows<Row = Record<string, unknown>>(sql: string): Row[] {
    return this.sqlite.prepare(sql).all() as Row[]
  }
}
