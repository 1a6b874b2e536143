/**
 * Exactly once: one run under every layout. Each message is delivered twice and out of order, deliveries of
 * one shard run side by side, one picture cannot be decoded, one shard never succeeds and one only later.
 * Code, D1, R2, KV and edge inference are real; only the queues' order and duplication are the test's. Every
 * report must have the same bytes.
 */
import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importDataset } from '../../src/imports/import-dataset.ts'
import { taskRegistry } from '../../src/tasks/registry.ts'
import { importOf } from '../support/official-files.ts'
import { composeFetch } from '../../src/compose-fetch.ts'
import { shardDependencies } from '../../src/compose-queue.ts'
import { deploymentOf } from '../../src/compose-shared.ts'
import type { ScorerSpec } from '../../src/contracts/scorer-spec.ts'
import type { DatasetVersion } from '../../src/contracts/dataset.ts'
import { sha256Hex } from '../../src/contracts/digest.ts'
import type { RunRecord, RunSpec, ShardRange, WorkQueue } from '../../src/contracts/run.ts'
import type { RunCreate } from '../../src/http/routes/runs/run-create.ts'
import type { ShardMessage } from '../../src/contracts/message.ts'
import type { Env } from '../../src/env.ts'
import { embeddingCache } from '../../src/models/edge/embedding-cache.workerd.ts'
import worker from '../../src/index.ts'
import { compactRun } from '../../src/runs/compact.ts'
import { fanOut } from '../../src/runs/fan-out.ts'
import { SCORERS } from '../../src/scorers/registry.ts'
import { layOut, planRun } from '../../src/runs/plan.ts'
import { recomputeReport } from '../../src/runs/recompute.ts'
import { scoreShard } from '../../src/runs/score-shard.ts'
import { CounterRandom } from '../../src/statistics/counter-random.ts'
import sceneCaptions from '../../fixtures/scenes/captions_assay_scenes2026.json'
import sceneAnnotations from '../../fixtures/scenes/v2_assay_scenes2026_annotations.json'
import sceneQuestions from '../../fixtures/scenes/v2_OpenEnded_assay_scenes2026_questions.json'
import sceneResults from '../../fixtures/scenes/results_weak.json'
import twemoji from '../../fixtures/twemoji-retrieval/dataset.json'
import { migrate, testEnv } from './setup.ts'

/** Fixture pictures as data URIs: Vite can read the disk, workerd cannot. */
const pictures = (import.meta as unknown as { glob: (pattern: string, options: object) => Record<string, string> }).glob(
  '../../fixtures/twemoji-retrieval/images/*',
  { query: '?inline', import: 'default', eager: true },
)

/** The first nine scenes. */
const scenes = (import.meta as unknown as { glob: (pattern: string, options: object) => Record<string, string> }).glob(
  '../../fixtures/scenes/images/assay_scenes2026_00000000000[1-9].png',
  { query: '?inline', import: 'default', eager: true },
)

const bytesOf = (uri: string) => Uint8Array.from(atob(uri.slice(uri.indexOf(',') + 1)), (character) => character.charCodeAt(0))

const TENANT = 'exactly-once'
const services = composeFetch(testEnv)

beforeAll(async () => {
  await reset()
  await migrate()
})
afterAll(async () => {
  await reset()
  await migrate()
})

/**
 * Failures of the store during a run. A thrown error is an infrastructure fault.
 * @param shard - the shard for which an object is read; undefined outside of a shard's message
 */
type StoreFault = (key: string, shard: number | undefined) => void

function faultyBucket(fault: StoreFault, shard?: number): R2Bucket {
  return new Proxy(testEnv.OBJECTS, {
    get(bucket, name) {
      const member = Reflect.get(bucket, name) as unknown
      if (typeof member !== 'function') return member
      if (name !== 'get') return member.bind(bucket) as unknown
      return async (key: string, options?: R2GetOptions) => {
        fault(key, shard)
        return bucket.get(key, options as R2GetOptions)
      }
    },
  })
}

interface Message {
  readonly queue: string
  readonly body: unknown
  readonly attempts: number
  /** Seconds on the broker's clock. */
  readonly due: number
  /** Total delay of its retries, in seconds. */
  readonly delayed: number
}

/** `done`, or the seconds until the next requested delivery. */
type Consumed = 'done' | number

/**
 * The queues of one run: every message twice, in any order, some side by side, retried and dead-lettered like
 * the real ones. Delays pass on the broker's own clock, without waiting.
 */
class Broker {
  readonly env: Env
  readonly counts = { deliveries: 0, sideBySide: 0, retries: 0, deadLetters: 0 }
  /** Seconds from the first delivery to the last, for each shard message that became a dead letter. */
  readonly buriedAfter: number[] = []
  #now = 0
  readonly #fault: StoreFault
  readonly #random: CounterRandom
  #waiting: Message[] = []

  constructor(seed: number, fault: StoreFault, variables: Partial<Env> = {}) {
    this.#fault = fault
    this.#random = new CounterRandom(seed, 'exactly-once')
    const queue = (name: string) =>
      ({
        send: async (body: unknown) => this.#send(name, body),
        sendBatch: async (messages: Iterable<{ body: unknown }>) => {
          for (const { body } of messages) this.#send(name, body)
        },
      }) as unknown as Queue<never>
    this.env = {
      ...testEnv,
      // Each run reads its own pictures, since a cached vector cannot fail.
      EMBEDDING_CACHE: 'off',
      ...variables,
      OBJECTS: faultyBucket(fault),
      EDGE_QUEUE: queue('assay-edge'),
      CONTROL_QUEUE: queue('assay-control'),
    }
  }

  #send(queue: string, body: unknown): void {
    const message = { queue, body, attempts: 1, due: this.#now, delayed: 0 }
    this.#waiting.push(message, message)
  }

  /** Delivers until nothing is left. @param consume - handles one message; default: the Worker's own door */
  async drain(consume: (message: Message) => Promise<Consumed> = (message) => this.deliver(message)): Promise<void> {
    while (this.#waiting.length > 0) {
      // Time passes, at least until something is due.
      this.#now = Math.max(this.#now + this.#random.below(3), Math.min(...this.#waiting.map(({ due }) => due)))
      const picked = Array.from({ length: 1 + this.#random.below(3) }, () => this.#pick()).filter((message) => message !== null)
      // Half of the time the duplicate arrives at the same moment.
      const twins = picked.flatMap((message) => (this.#random.below(2) === 0 ? this.#take((other) => other === message) : []))
      this.counts.sideBySide += twins.length
      await Promise.all(
        [...picked, ...twins].map(async (message) => {
          this.counts.deliveries += 1
          const consumed = await consume(message)
          if (consumed !== 'done') this.#again(message, consumed)
        }),
      )
    }
  }

  #pick(): Message | null {
    const due = this.#waiting.flatMap((message, index) => (message.due <= this.#now ? [index] : []))
    if (due.length === 0) return null
    return this.#waiting.splice(due[this.#random.below(due.length)]!, 1)[0]!
  }

  #take(wanted: (message: Message) => boolean): Message[] {
    const index = this.#waiting.findIndex(wanted)
    return index < 0 ? [] : this.#waiting.splice(index, 1)
  }

  #again(message: Message, seconds: number): void {
    const { queue, attempts, delayed } = message
    if (attempts < testEnv.TEST_DELIVERIES[queue]!) {
      this.counts.retries += 1
      this.#waiting.push({ ...message, attempts: attempts + 1, due: this.#now + seconds, delayed: delayed + seconds })
    } else {
      this.counts.deadLetters += 1
      if (queue === 'assay-edge') this.buriedAfter.push(delayed)
      this.#waiting.push({ queue: `${queue}-dead`, body: message.body, attempts: 1, due: this.#now, delayed: 0 })
    }
  }

  /** Through the Worker's own door. */
  async deliver({ queue, body, attempts }: Message): Promise<Consumed> {
    const { promise, resolve, reject } = Promise.withResolvers<Consumed>()
    const message = {
      id: crypto.randomUUID(),
      timestamp: new Date(),
      attempts,
      body,
      ack: () => resolve('done'),
      // The substitute in workerd's test package drops the delay.
      retry: ({ delaySeconds }: { delaySeconds: number }) => resolve(delaySeconds),
    }
    await worker.queue({ queue, messages: [message] } as unknown as MessageBatch, {
      ...this.env,
      OBJECTS: faultyBucket(this.#fault, (body as { shard?: number }).shard),
    })
    reject(new Error(`${queue}: a message was neither acknowledged nor given back`))
    return promise
  }
}

interface Subject {
  readonly version: DatasetVersion
  readonly spec: RunSpec
  readonly specDigest: string
  readonly evalId: string
  readonly queue: WorkQueue
}

async function plan(
  version: DatasetVersion,
  criteria: readonly ScorerSpec[],
  wanted: Extract<RunCreate['data_source'], { type: 'dataset' }>['subject'],
  limit: number,
): Promise<Subject> {
  const evaluation = await services.catalogue.evals.put(TENANT, {
    id: `eval_${services.newId()}`,
    name: null,
    dataSourceConfig: { type: 'dataset', task: version.task },
    criteria,
    metadata: null,
  })
  const model = await services.modelRegistry.resolve({ tenant: TENANT, dataset: version, reference: wanted, count: limit })
  const { queue } = model
  const { spec, specDigest } = await planRun({
    dataset: version,
    scorers: SCORERS.bindAll(criteria),
    model,
    limit,
    seed: 7,
    level: 0.95,
  })
  await model.prepare()
  return { version, spec, specDigest, evalId: evaluation.id, queue }
}

async function start(subject: Subject, shards: readonly ShardRange[], env: Env): Promise<RunRecord> {
  const { version, spec, specDigest, evalId, queue } = subject
  const engine = composeFetch(env)
  const { runId } = await engine.runs.createRun(
    {
      tenant: TENANT,
      id: `evalrun_${services.newId()}`,
      evalId,
      name: `${shards.length} shards`,
      visibility: 'public',
      datasetId: version.datasetId,
      queue,
      spec,
      specDigest,
      dataSource: {},
      metadata: null,
      maxErrored: 1,
      gate: null,
    },
    shards,
  )
  await fanOut(engine, queue)
  return (await engine.runs.findRun(TENANT, runId))!
}

/** Shards of `size`, but cut at both ends of the failing range: other layouts would lose other items. */
function layOutAround(count: number, size: number, failing: ShardRange): ShardRange[] {
  const between = (first: number, end: number) =>
    layOut(end - first, size).map((shard) => ({ first: first + shard.first, end: first + shard.end }))
  return [...between(0, failing.first), ...between(failing.first, failing.end), ...between(failing.end, count)]
}

async function published(run: RunRecord): Promise<{ digest: string; body: string }> {
  const ended = (await services.runs.findRun(TENANT, run.id))!
  expect(ended.status).toBe('completed')
  const body = (await services.reports.body(TENANT, ended.reportDigest!))!
  expect(await sha256Hex(body)).toBe(ended.reportDigest)
  return { digest: ended.reportDigest!, body }
}

/** The published report agrees with the rows, before and after compaction. */
async function expectRecomputable(run: RunRecord): Promise<void> {
  expect((await recomputeReport(services, TENANT, run.id)).agrees).toBe(true)
  await compactRun(services, TENANT, run.id)
  expect((await recomputeReport(services, TENANT, run.id)).agrees).toBe(true)
}

describe('retrieval and similarity of an edge model', () => {
  /** More than 64 beyond the failing shard. */
  const ITEMS = 80
  const CRITERIA: ScorerSpec[] = [
    { type: 'retrieval', name: 'retrieval' },
    { type: 'image_text_similarity', name: 'clipscore', variant: 'clipscore-2.5', pass_threshold: 0 },
  ]
  let subject: Subject
  let failing: ShardRange
  let failingPictures: Set<string>
  let flakyPicture: string

  beforeAll(async () => {
    const images = twemoji.images.slice(0, ITEMS).map((image) => ({ ...image, sentences: image.sentences.slice(0, 3) }))
    const damaged = images.findIndex(({ filename }) => filename.endsWith('.png'))
    const uploads = images.map(({ filename }, index) => {
      const uri = pictures[`../../fixtures/twemoji-retrieval/images/${filename}`]!
      const bytes = bytesOf(uri)
      // The header stays intact, so the import accepts it; the pixels cannot be inflated.
      if (index === damaged) bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 64)
      return { filename, read: async () => bytes.slice() }
    })
    const { version } = await importDataset(
      importOf({
        tenant: TENANT,
        name: 'twemoji slice',
        format: 'karpathy',
        split: 'test',
        files: { annotations: JSON.stringify({ ...twemoji, images }) },
        images: uploads,
      }),
      { tasks: taskRegistry, ...services },
    )
    const model = (await services.edgeModels.list(TENANT))[0]!.manifest.id
    subject = await plan(version, CRITERIA, { type: 'edge_model', model }, ITEMS)
    const reader = await services.datasets.open(TENANT, version.datasetId, version.digest)
    const items = await reader.items(0, ITEMS)
    const digestOfPicture = (ordinal: number) => items[ordinal]!.image!.sha256
    const damagedPicture = await sha256Hex(await uploads[damaged]!.read())
    const bad = items.findIndex((item) => item.image!.sha256 === damagedPicture)
    expect(bad).toBeGreaterThanOrEqual(0)
    // Away from the damaged one, so that both kinds of failure occur.
    const first = bad >= 8 && bad < 16 ? 3 : 11
    failing = { first, end: first + 3 }
    failingPictures = new Set([0, 1, 2].map((offset) => digestOfPicture(first + offset)))
    flakyPicture = digestOfPicture(bad === 40 ? 41 : 40)
  })

  /** Three pictures can never be read, a fourth not at its first two reads. */
  const storeFault = (): StoreFault => {
    let flaky = 2
    return (key) => {
      const picture = key.slice(key.lastIndexOf('/') + 1)
      if (failingPictures.has(picture)) throw new Error('R2: internal error (10001)')
      if (picture === flakyPicture && flaky-- > 0) throw new Error('R2: please retry')
    }
  }

  const reports: { layout: string; shards: number; digest: string; body: string }[] = []

  test.each([
    ['1', 1, 101],
    ['7', 7, 102],
    ['64', 64, 103],
    ['whole', ITEMS, 104],
  ])('shards of %s, through the Worker', async (layout, size, seed) => {
    const broker = new Broker(seed, storeFault())
    const shards = layOutAround(ITEMS, size, failing)
    const run = await start(subject, shards, broker.env)
    await broker.drain()
    expect(broker.counts.deadLetters).toBeGreaterThanOrEqual(size === 1 ? 3 : 1)
    expect(broker.counts.retries).toBeGreaterThanOrEqual(2)
    expect(broker.counts.sideBySide).toBeGreaterThan(0)
    expect(new Set(broker.buriedAfter), 'doubling from a second').toEqual(new Set([1 + 2 + 4 + 8]))
    reports.push({ layout, shards: shards.length, ...(await published(run)) })
    await expectRecomputable(run)
  })

  test('shards of 7, every lease overtaken: several attempts at a shard end, one counts', async () => {
    const broker = new Broker(105, storeFault())
    const overtaken = { ...shardDependencies(deploymentOf(broker.env)), leaseMilliseconds: 0, every: () => () => {} }
    const shards = layOutAround(ITEMS, 7, failing)
    const run = await start(subject, shards, broker.env)
    const outcomes: string[] = []
    await broker.drain(async (message) => {
      if (message.queue !== 'assay-edge') return broker.deliver(message)
      const outcome = await scoreShard(overtaken, message.body as ShardMessage).catch(() => 'fault')
      outcomes.push(outcome)
      return outcome === 'fault' ? 0 : 'done'
    })
    expect(outcomes).toContain('late')
    expect(outcomes).toContain('fault')
    reports.push({ layout: '7, overtaken', shards: shards.length, ...(await published(run)) })
    await expectRecomputable(run)
  })

  test('one report, byte for byte, with everything counted', () => {
    expect(reports.map(({ layout }) => layout)).toEqual(['1', '7', '64', 'whole', '7, overtaken'])
    expect(new Set(reports.slice(0, 4).map(({ shards }) => shards)).size).toBe(4)
    for (const { layout, digest, body } of reports) {
      expect(digest, layout).toBe(reports[0]!.digest)
      expect(body === reports[0]!.body, layout).toBe(true)
    }
    const report = JSON.parse(reports[0]!.body) as { criteria: { metrics: { errored: number; n: number }[] }[] }
    // Three items of the failed shard, and the picture that cannot be decoded.
    expect(report).toMatchObject({ counts: { planned: ITEMS, scored: ITEMS - 4, errored: 4, unscored: 0 } })
    for (const { metrics } of report.criteria) for (const metric of metrics) expect(metric.errored).toBe(4)
    expect(reports[0]!.body).not.toMatch(/evalrun_|shard|attempt/)
  })

  test('through the real local queues: the same as a calm run in one piece', async () => {
    const calm = new Broker(106, () => {})
    const reference = await start(subject, layOut(ITEMS, ITEMS), calm.env)
    await calm.drain()
    const expected = await published(reference)
    expect(JSON.parse(expected.body)).toMatchObject({ counts: { planned: ITEMS, scored: ITEMS - 1, errored: 1 } })
    expect(expected.digest).not.toBe(reports[0]!.digest)

    const computed = embeddingCache.report()
    // The second run recalls every vector of the first; a refused picture is refused again.
    for (const remembered of [0, ITEMS - 1]) {
      const run = await start(subject, layOut(ITEMS, 9), testEnv)
      await expect.poll(async () => (await services.runs.findRun(TENANT, run.id))!.status, { interval: 200 }).toBe('completed')
      expect(await published(run)).toEqual(expected)
      const { memory_hits: hits, store_failures: failures } = embeddingCache.report()
      expect({ hits, failures }).toEqual({ hits: computed.memory_hits + remembered, failures: computed.store_failures })
    }
  })
})

describe('VQA accuracy of recorded results', () => {
  const ITEMS = 100
  const CRITERIA: ScorerSpec[] = [
    { type: 'vqa_accuracy', name: 'official', scorer: 'vqa-2021', pass_threshold: 0.5 },
    { type: 'vqa_accuracy', name: 'before 2021', scorer: 'vqa-2015', pass_threshold: 0.5 },
  ]
  const FAILING = { first: 23, end: 27 }
  const FLAKY = 58
  let subject: Subject

  beforeAll(async () => {
    const { version } = await importDataset(
      importOf({
        tenant: TENANT,
        name: 'scenes',
        format: 'vqa-v2',
        files: { questions: JSON.stringify(sceneQuestions), annotations: JSON.stringify(sceneAnnotations) },
        images: [],
      }),
      { tasks: taskRegistry, ...services },
    )
    const bytes = new TextEncoder().encode(JSON.stringify(sceneResults))
    const sha256 = await sha256Hex(bytes)
    await services.catalogue.files.put(TENANT, { id: 'file-weak', sha256, filename: 'results_weak.json' }, bytes)
    subject = await plan(version, CRITERIA, { type: 'results', file_id: 'file-weak', name: 'weak' }, ITEMS)
  })

  /** Answers of four items can never be read, those of any shard with a fifth not at the first two reads. */
  const storeFault = (shards: readonly ShardRange[]): StoreFault => {
    let flaky = 2
    return (key, shard) => {
      if (!key.endsWith('/answers.idx') || shard === undefined) return
      const { first, end } = shards[shard]!
      if (first >= FAILING.first && first < FAILING.end) throw new Error('R2: internal error (10001)')
      if (first <= FLAKY && FLAKY < end && flaky-- > 0) throw new Error('R2: please retry')
    }
  }

  test('shards of 1, 7, 64 and whole: one report, byte for byte', async () => {
    const reports: { digest: string; body: string }[] = []
    for (const [index, size] of [1, 7, 64, ITEMS].entries()) {
      const shards = layOutAround(ITEMS, size, FAILING)
      const broker = new Broker(200 + index, storeFault(shards))
      const run = await start(subject, shards, broker.env)
      await broker.drain()
      expect(broker.counts.deadLetters).toBeGreaterThanOrEqual(1)
      reports.push(await published(run))
      await expectRecomputable(run)
    }
    for (const { digest, body } of reports) {
      expect(digest).toBe(reports[0]!.digest)
      expect(body === reports[0]!.body).toBe(true)
    }
    const report = JSON.parse(reports[0]!.body) as { criteria: { name: string; metrics: object[] }[] }
    expect(report).toMatchObject({ counts: { planned: ITEMS, scored: ITEMS - 4, errored: 4, unscored: 0 } })
    expect(report.criteria.map(({ name }) => name)).toEqual(['official', 'before 2021'])
    const missing = sceneQuestions.questions.length - ITEMS
    for (const { metrics } of report.criteria)
      expect(metrics[0]).toMatchObject({ metric: 'vqa_accuracy', n: ITEMS - 4, errored: 4, unscored: 0, missing })
  })
})

describe('answers of models at the edge that answer', () => {
  const isShown = ({ image_id }: { readonly image_id: number }) => image_id < 10
  const captions = {
    ...sceneCaptions,
    images: sceneCaptions.images.filter(({ id }) => id < 10),
    annotations: sceneCaptions.annotations.filter(isShown),
  }
  const SUBJECTS = [
    {
      model: 'assay-vilbert',
      format: 'vqa-v2',
      files: {
        questions: JSON.stringify({ ...sceneQuestions, questions: sceneQuestions.questions.filter(isShown) }),
        annotations: JSON.stringify({ ...sceneAnnotations, annotations: sceneAnnotations.annotations.filter(isShown) }),
      },
      criteria: [{ type: 'vqa_accuracy', name: 'a', scorer: 'vqa-2021', pass_threshold: 0.5 }],
      items: 12,
    },
    {
      model: 'assay-caption',
      format: 'coco-captions',
      files: { annotations: JSON.stringify(captions) },
      criteria: [SCORERS.spec.parse({ type: 'caption', name: 'c' })],
      items: 9,
    },
  ] as const

  test.each(SUBJECTS)('$model: one report for shards of 1, 5 and whole', async ({ model, format, files, criteria, items }) => {
    const { version } = await importDataset(
      importOf({
        tenant: TENANT,
        name: `scenes for ${model}`,
        format,
        files,
        images: Object.entries(scenes).map(([path, uri]) => ({
          filename: path.slice(path.lastIndexOf('/') + 1),
          read: async () => bytesOf(uri),
        })),
      }),
      { tasks: taskRegistry, ...services },
    )
    const subject = await plan(version, criteria, { type: 'edge_model', model }, items)
    const reports: { digest: string; body: string }[] = []
    for (const [index, size] of [1, 5, items].entries()) {
      // The second read of a picture fails: the shard begins anew.
      let reads = 0
      const broker = new Broker(300 + index, (key) => {
        if (key.includes('/images/') && ++reads === 2) throw new Error('R2: please retry')
      })
      const run = await start(subject, layOut(items, size), broker.env)
      await broker.drain()
      expect(broker.counts.retries).toBeGreaterThan(0)
      reports.push(await published(run))
      await expectRecomputable(run)
    }
    expect(new Set(reports.map(({ digest }) => digest)).size).toBe(1)
    expect(new Set(reports.map(({ body }) => body)).size).toBe(1)
    expect(JSON.parse(reports[0]!.body)).toMatchObject({ counts: { planned: items, scored: items, errored: 0, unscored: 0 } })
  })
})
