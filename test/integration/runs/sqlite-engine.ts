/**
 * The engine over real stores in SQLite, one message at a time. The test controls the clock, the messages,
 * the subject's answers and the stored data.
 * @module
 */
import type { Model } from '../../../src/contracts/model.ts'
import type { DatabaseSync } from 'node:sqlite'
import type { ShardReference } from '../../../src/contracts/ports.ts'
import type { NewRun, RunRecord } from '../../../src/contracts/run.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { memoryBucket } from '../../support/memory-bucket.ts'
import { heldQueues, memoryBlobs, memoryReports, storesOver, type TestEngine, workJob } from '../../support/run-engine.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { type PureRun, readerOf } from '../../support/pure-run.ts'

export const LEASE = 60_000
export const STALL = 90_000

/** A call of D1, R2 or a queue: `before` its effect, and `after` it. A fault is thrown from it. */
export type StorageCall = (when: 'before' | 'after') => Promise<void>

export class SqliteEngine {
  /** Called around each call of storage. */
  storage: StorageCall = async () => {}
  /** Messages begun so far. */
  begun = 0
  readonly before = () => this.storage('before')
  readonly after = () => this.storage('after')
  now = 1_800_000_000_000
  readonly shards: ShardReference[] = []
  readonly jobs: string[] = []
  readonly objects = new Map<string, Uint8Array>()
  readonly published = new Map<string, string>()
  answer: Model['run']
  readonly sqlite: DatabaseSync
  readonly db: D1Database
  readonly engine: { -readonly [K in keyof TestEngine]: TestEngine[K] }
  readonly pure: PureRun
  #serial = 0

  constructor(pure: PureRun) {
    this.pure = pure
    this.answer = pure.model.run
    const { db, sqlite } = sqliteD1(this.before, undefined, this.after)
    this.db = db
    this.sqlite = sqlite
    this.engine = {
      ...storesOver(db, { now: () => this.now }, { lease: LEASE, stall: STALL }),
      blobs: memoryBlobs(this.objects, this.before, { done: this.after }),
      reports: memoryReports(db, this.published, this.before),
      queues: heldQueues(
        { shard: (reference) => void this.shards.push(reference), job: (id) => void this.jobs.push(id) },
        this.before,
      ),
      newToken: () => `token ${++this.#serial}`,
      every: () => () => {},
      datasets: { open: async () => readerOf(pure) },
      modelFor: async () => ({ ...pure.model, run: (request) => this.answer(request) }),
      deliverWebhook: async () => ({ outcome: 'done' }),
      failpoint: async () => {},
    }
    sqlite.exec(`INSERT INTO evals VALUES ('t', 'eval', NULL, '{}', '[]', NULL, 0, 0);
      INSERT INTO dataset_versions VALUES ('t', 'ds', '${pure.version.digest}', 0, '${pure.version.task}', 'test', ${pure.items.length}, 0, 1, '{}', 0);
      INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, sealed_secret, created_at, disabled_at) VALUES ('t', 'we', 'https://receiver.example', 'sealed', 0, NULL)`)
  }

  /** A run that is committed and sent. */
  async start({ shardSize = 4, ...wish }: Partial<NewRun> & { readonly shardSize?: number } = {}): Promise<RunRecord> {
    const run = { ...this.pure.run, id: `evalrun_${++this.#serial}`, ...wish }
    await this.engine.runs.createRun(run, layOut(run.spec.selection.count, shardSize))
    await fanOut(this.engine, run.queue)
    return this.run(run.id)
  }

  async run(id: string): Promise<RunRecord> {
    return (await this.engine.runs.findRun('t', id))!
  }

  /** Handles messages until none is left. A failed message is not repeated. */
  async drain(): Promise<(ShardReference | string)[]> {
    const failed: (ShardReference | string)[] = []
    while (this.shards.length + this.jobs.length > 0) {
      this.begun++
      const shard = this.shards.shift()
      if (shard) await scoreShard(this.engine, shard).catch(() => failed.push(shard))
      const job = shard ? undefined : this.jobs.shift()
      if (job) await workJob(this.engine, job).catch(() => failed.push(job))
    }
    return failed
  }

  /** The objects as R2. */
  bucket(): R2Bucket {
    return memoryBucket(this.objects, this.before, this.after)
  }

  rows<Row = Record<string, unknown>>(sql: string): Row[] {
    return this.sqlite.prepare(sql).all() as Row[]
  }
}
