/**
 * The real run engine on real D1, R2 and KV. The test controls everything that depends on time and chance:
 * the clock, the messages, the subject's answers, and the failpoints.
 * @module
 */
import { deploymentOf, runStores } from '../../src/compose-shared.ts'
import type { ScorerSpec } from '../../src/contracts/scorer-spec.ts'
import { digestOf } from '../../src/contracts/digest.ts'
import type { VqaItem } from '../../src/tasks/vqa/item.ts'
import type { ClaimedJob, JobOutcome } from '../../src/contracts/jobs.ts'
import type { FailpointName, ShardReference } from '../../src/contracts/ports.ts'
import type { RunRecord, ShardRange, WorkQueue, StoppingSpec } from '../../src/contracts/run.ts'
import { fanOut } from '../../src/runs/fan-out.ts'
import { SCORERS } from '../../src/scorers/registry.ts'
import { layOut, planRun, type PlanRequest } from '../../src/runs/plan.ts'
import { scoreShard } from '../../src/runs/score-shard.ts'
import { createEvalStore } from '../../src/storage/catalogue/eval-store.ts'
import { createWebhookTargetStore } from '../../src/storage/catalogue/webhook-target-store.ts'
import { createDatasetStore } from '../../src/storage/dataset-store.ts'
import { createObjectClaims } from '../../src/storage/object-claims.ts'
import { heldQueues, storesOver, type TestEngine, workJob } from '../support/run-engine.ts'
import { answering, text } from '../support/fake-model.ts'
import { testEnv } from './setup.ts'

export const LEASE = 60_000
export const STALL = 90_000
const CRITERIA: readonly ScorerSpec[] = [{ type: 'vqa_accuracy', name: 'accuracy', scorer: 'vqa-2021', pass_threshold: 0.5 }]

export interface LabAnswer {
  readonly answer: string | null
}

export interface RunWish {
  readonly items?: number
  readonly limit?: number
  readonly shards?: number | readonly ShardRange[]
  readonly tenant?: string
  readonly visibility?: 'private' | 'public'
  readonly queue?: WorkQueue
  readonly stopping?: StoppingSpec
  readonly predictionPowered?: PlanRequest['predictionPowered']
  /** 1, so that only a run whose items all errored fails because of it. */
  readonly maxErrored?: number
  /** false: committed, but nothing sent yet. */
  readonly send?: boolean
}

const TABLES = [
  'runs',
  'shards',
  'outbox',
  'reports',
  'leaderboard_rows',
  'run_progress',
  'trigger_deliveries',
  'webhook_endpoints',
] as const

/** Never the same id twice: R2 keeps the objects of earlier tests. */
let serial = 0

export class Lab {
  now = 1_800_000_000_000
  /** Messages sent and not yet handled. */
  shards: ShardReference[] = []
  jobs: string[] = []
  sendingFails = false
  /** Renewals of current leases. */
  readonly beats = new Set<() => Promise<void>>()
  readonly failpoints: Partial<Record<FailpointName, () => Promise<void> | void>> = {}
  observe: (item: VqaItem) => Promise<LabAnswer> | LabAnswer = (item) => ({ answer: item.answers[0]! })
  deliver: (job: ClaimedJob) => Promise<JobOutcome> | JobOutcome = () => ({ outcome: 'done' })
  readonly engine: { -readonly [K in keyof TestEngine]: TestEngine[K] }
  readonly #datasets
  readonly #evals
  readonly #webhookTargets

  private constructor() {
    const clock = { now: () => this.now }
    const { DB, OBJECTS } = testEnv
    this.#datasets = createDatasetStore(DB, OBJECTS, clock, () => this.id('ds'), createObjectClaims(DB, OBJECTS, clock))
    this.#evals = createEvalStore(DB, clock)
    this.#webhookTargets = createWebhookTargetStore(DB, clock)
    const { blobs, reports } = runStores(deploymentOf(testEnv))
    this.engine = {
      ...storesOver(DB, clock, { lease: LEASE, stall: STALL }),
      blobs,
      reports,
      queues: heldQueues(
        { shard: (reference) => void this.shards.push(reference), job: (id) => void this.jobs.push(id) },
        async () => {
          if (this.sendingFails) throw new Error('the queue is out of reach')
        },
      ),
      newToken: () => this.id('token'),
      every: (_milliseconds, action) => {
        this.beats.add(action)
        return () => this.beats.delete(action)
      },
      datasets: this.#datasets,
      modelFor: async () => answering(async ({ item }) => text((await this.observe(item as VqaItem)).answer)),
      deliverWebhook: async (job) => this.deliver(job),
      failpoint: async (name) => this.failpoints[name]?.(),
    }
  }

  /** On an empty database. Far cheaper than a full reset. */
  static async open(): Promise<Lab> {
    await testEnv.DB.batch(TABLES.map((table) => testEnv.DB.prepare(`DELETE FROM ${table}`)))
    for (const { name } of (await testEnv.PUBLISHED.list()).keys) await testEnv.PUBLISHED.delete(name)
    return new Lab()
  }

  id(kind: string): string {
    return `${kind}_${String(++serial).padStart(8, '0')}`
  }

  /** A run of questions, committed and, by default, sent. */
  async start(wish: RunWish = {}): Promise<RunRecord> {
    const {
      items = 6,
      limit,
      shards = 2,
      tenant = 'a',
      visibility = 'private',
      queue = 'edge',
      send = true,
      stopping,
      predictionPowered,
    } = wish
    const dataset = await this.dataset(tenant, items)
    const evaluation = await this.#evals.put(tenant, {
      id: this.id('eval'),
      name: null,
      dataSourceConfig: { type: 'dataset', task: 'vqa' },
      criteria: CRITERIA,
      metadata: null,
    })
    const { spec, specDigest } = await planRun({
      dataset,
      scorers: SCORERS.bindAll(CRITERIA),
      model: { identity: { type: 'results', name: 'lab', results_digest: '0'.repeat(64) }, supports: () => true },
      limit,
      seed: 0,
      level: 0.95,
      stopping,
      predictionPowered,
    })
    const id = this.id('evalrun')
    await this.engine.runs.createRun(
      {
        tenant,
        id,
        evalId: evaluation.id,
        name: null,
        visibility,
        datasetId: dataset.datasetId,
        queue,
        spec,
        specDigest,
        dataSource: {},
        metadata: null,
        maxErrored: wish.maxErrored ?? 1,
        gate: null,
      },
      typeof shards === 'number' ? layOut(spec.selection.count, shards) : shards,
    )
    if (send) await fanOut(this.engine, queue)
    return this.run(id, tenant)
  }

  async run(id: string, tenant = 'a'): Promise<RunRecord> {
    return (await this.engine.runs.findRun(tenant, id))!
  }

  /**
   * Handles messages until none is left. Faults are returned as `failed`, as after a queue's last attempt.
   */
  async drain(): Promise<{ failed: (ShardReference | string)[] }> {
    const failed: (ShardReference | string)[] = []
    while (this.shards.length + this.jobs.length > 0) {
      const shard = this.shards.shift()
      if (shard) await scoreShard(this.engine, shard).catch(() => failed.push(shard))
      const job = shard ? undefined : this.jobs.shift()
      if (job) await workJob(this.engine, job).catch(() => failed.push(job))
    }
    return { failed }
  }

  async webhookTarget(tenant = 'a'): Promise<string> {
    const { id } = await this.#webhookTargets.put(tenant, {
      id: this.id('we'),
      url: 'https://receiver.example/hook',
      sealedSecret: 'sealed',
      secretHint: null,
      name: '',
      eventTypes: ['eval.run.succeeded', 'eval.run.failed', 'eval.run.canceled'],
    })
    return id
  }

  /** Every row of a table, to check that nothing changed. */
  async table<Row = Record<string, unknown>>(
    name: 'runs' | 'shards' | 'outbox' | 'reports' | 'leaderboard_rows',
  ): Promise<Row[]> {
    return (await testEnv.DB.prepare(`SELECT * FROM ${name} ORDER BY tenant_id, 2, 3`).all<Row>()).results
  }

  async states(run: RunRecord): Promise<string[]> {
    const { results } = await testEnv.DB.prepare(`SELECT state FROM shards WHERE run_id = ?1 ORDER BY shard`)
      .bind(run.id)
      .all<{ state: string }>()
    return results.map(({ state }) => state)
  }

  async job(id: string): Promise<{ state: string; attempts: number; claims: number; due_at: number; last_error: string | null }> {
    return (await testEnv.DB.prepare(`SELECT * FROM outbox WHERE job_id = ?1`).bind(id).first())!
  }

  async dataset(tenant: string, count: number) {
    const answerTypes = ['other', 'yes/no']
    const items = Array.from({ length: count }, (_, ordinal): VqaItem => ({
      task: 'vqa',
      id: `q${ordinal}`,
      cluster: `image ${ordinal >> 1}`,
      image: null,
      question: `question ${ordinal}?`,
      question_type: 'what',
      answer_type: answerTypes[ordinal % 2]!,
      answers: Array.from({ length: 10 }, (_unused, human) => (human < 3 + (ordinal % 5) ? 'right' : `wrong ${human}`)),
    }))
    const clusters = [...new Set(items.map(({ cluster }) => cluster))].toSorted()
    const { version } = await this.#datasets.put({
      tenant,
      name: `questions ${count}`,
      digest: await digestOf(items),
      task: 'vqa',
      format: 'vqa-v2',
      items: count,
      images: 0,
      clusters: clusters.length,
      strata: [
        { name: 'answer_type', values: answerTypes },
        { name: 'question_type', values: ['what'] },
      ],
      source: {},
      orderedItems: items,
      columns: {
        cluster: Uint32Array.from(items, ({ cluster }) => clusters.indexOf(cluster)),
        strata: [Uint16Array.from(items, (_, ordinal) => ordinal % 2), new Uint16Array(count)],
      },
      imageDigests: [],
    })
    return version
  }
}
