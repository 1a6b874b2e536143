/**
 * The engine in a simulated world. A seed decides which consumer continues after each statement, which
 * message comes next and how often, when time passes, when the schedule fires, when the store fails, and when
 * the process dies with everything in flight. In every case a run ends once, with the report of its rows.
 * Without a failed shard, that is the undisturbed report.
 */
import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { ShardReference } from '../../../src/contracts/ports.ts'
import type { RunRecord, ShardRange } from '../../../src/contracts/run.ts'
import { cancelRun } from '../../../src/runs/cancel.ts'
import { failDeadShard } from '../../../src/runs/dead-shard.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { layOut } from '../../../src/runs/plan.ts'
import { PILOT_ITEMS } from '../../../src/scorers/prediction-powered.ts'
import { recomputeReport } from '../../../src/runs/recompute.ts'
import { scoreShard } from '../../../src/runs/score-shard.ts'
import { firstSendLimit } from '../../../src/runs/send-limit.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import {
  handleDeadJob,
  heldQueues,
  memoryBlobs,
  memoryReports,
  storesOver,
  sweep,
  type TestEngine,
  workJob,
} from '../../support/run-engine.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'
import { type PureRun, pureRun, readerOf, VQA } from '../../support/pure-run.ts'
import { cases } from '../../support/cases.ts'

// Web Crypto answers from another thread, at its own time. Here only the seed may decide the order.
const digest = vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (_algorithm, data) => {
  const bytes = createHash('sha256')
    .update(data as Uint8Array)
    .digest()
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
})
afterAll(() => digest.mockRestore())

const LEASE = 1000
const STALL = 1500
const ITEMS = 7
const pure = await pureRun({ seed: 3, task: 'vqa', items: ITEMS, criteria: [VQA], errored: new Set([4]) })

/** Parameters of a world. */
interface Subject {
  readonly pure: PureRun
  readonly shards: readonly ShardRange[]
  readonly sendLimit?: number
  readonly proxy?: Float64Array
}

type Message = { readonly attempts: number } & (
  | { readonly kind: 'shard' | 'dead-shard'; readonly shard: ShardReference }
  | { readonly kind: 'job' | 'dead-job'; readonly job: string }
)

interface Troubles {
  /** Failures per hundred reads of the store. */
  readonly faults: number
  /** Deaths of the process per thousand steps. */
  readonly deaths: number
  /** Cancellations of the run per thousand steps. */
  readonly cancels: number
}

/** Worlds per test. `SIMULATED_WORLDS=1000` searches longer. */
const SEEDS = Number(process.env['SIMULATED_WORLDS'] ?? cases(24))

const CALM: Troubles = { faults: 0, deaths: 0, cancels: 0 }

class World {
  now = 1_800_000_000_000
  readonly random: CounterRandom
  troubles: Troubles
  messages: Message[] = []
  /** Continuations that wait for a statement or an object. Each step resumes one. */
  waiting: (() => void)[] = []
  beats = new Set<() => Promise<void>>()
  tasks = 0
  deaths = 0
  told = 0
  /** Waves sent by the schedule. */
  resumed = 0
  canceled = false
  /** Continuations of a dead process are never resumed. */
  #process = 0
  readonly objects = new Map<string, Uint8Array>()
  readonly published = new Map<string, string>()
  readonly sqlite
  readonly engine: TestEngine
  readonly run: RunRecord
  readonly #seen = new Map<string, string>()
  /** Counts of writes, and of deleted objects, at the last check. */
  #looked = ''
  #deleted = 0
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()

  /** Items that the subject was asked for, including repetitions. */
  asked = 0

  private constructor(seed: number, troubles: Troubles, { pure, shards, proxy }: Subject) {
    this.random = new CounterRandom(seed, 'world')
    this.troubles = troubles
    const { db, sqlite } = sqliteD1(() => this.#pause())
    this.sqlite = sqlite
    const clock = { now: () => this.now }
    let serial = 0
    const stores = storesOver(db, clock, { lease: LEASE, stall: STALL })
    this.engine = {
      ...stores,
      // Ed25519 of Web Crypto would answer at its own time too.
      signingKeys: { ...stores.signingKeys, sign: async () => ({ keyId: 'key', jws: 'a.b.c' }) },
      blobs: memoryBlobs(this.objects, () => this.#store(), { proxy, deleted: (keys) => (this.#deleted += keys) }),
      reports: memoryReports(db, this.published, () => this.#store()),
      queues: heldQueues(
        {
          shard: (shard) => this.#send({ kind: 'shard', shard, attempts: 1 }),
          job: (job) => this.#send({ kind: 'job', job, attempts: 1 }),
        },
        () => this.#store(),
      ),
      newToken: () => `token ${++serial}`,
      every: (_milliseconds, action) => {
        this.beats.add(action)
        return () => this.beats.delete(action)
      },
      datasets: { open: async () => readerOf(pure, () => this.#store()) },
      modelFor: async () => ({
        ...pure.model,
        run: (request) => {
          this.asked++
          return pure.model.run(request)
        },
      }),
      deliverWebhook: async () => {
        await this.#store()
        this.told += 1
        return this.random.below(3) === 0 && this.troubles !== CALM
          ? { outcome: 'retry', delayMilliseconds: LEASE, error: 'the receiver answered 500' }
          : { outcome: 'done' }
      },
      failpoint: async () => {},
    }
    sqlite.exec(`INSERT INTO evals VALUES ('t', 'eval', NULL, '{}', '[]', NULL, 0, 0);
      INSERT INTO dataset_versions VALUES ('t', 'ds', '${pure.version.digest}', 0, 'vqa', 'test', ${pure.items.length}, 0, 1, '{}', 0);
      INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, sealed_secret, created_at, disabled_at) VALUES ('t', 'we', 'https://receiver.example', 'sealed', 0, NULL)`)
    this.run = { ...pure.run, id: `evalrun_${seed}_${shards.length}`, visibility: 'public' }
  }

  static async begin(seed: number, troubles: Troubles, subject: Subject): Promise<World> {
    const world = new World(seed, CALM, subject)
    const created = world.engine.runs.createRun(world.run, subject.shards, { sendLimit: subject.sendLimit ?? null })
    while (world.waiting.length > 0) await world.#resume()
    await created
    world.troubles = troubles
    return world
  }

  #pause(): Promise<void> {
    const process = this.#process
    return new Promise((resolve) => {
      this.waiting.push(() => {
        if (process === this.#process) resolve()
      })
    })
  }

  async #store(): Promise<void> {
    await this.#pause()
    if (this.random.below(100) < this.troubles.faults) throw new Error('the store is out of reach')
  }

  #send(message: Message): void {
    this.messages.push(message)
    if (this.troubles !== CALM && this.random.below(2) === 0) this.messages.push(message)
  }

  async #sweep(): Promise<void> {
    this.resumed += (await sweep(this.engine))['runsContinued'] ?? 0
  }

  /** Resumes one waiting continuation until it waits again. */
  async #resume(): Promise<void> {
    this.waiting.splice(this.random.below(this.waiting.length), 1)[0]!()
    await new Promise((resolve) => setImmediate(resolve))
  }

  #start(work: () => Promise<unknown>, failed: () => void = () => {}): void {
    const process = this.#process
    this.tasks += 1
    void work()
      .catch(failed)
      .finally(() => {
        if (process === this.#process) this.tasks -= 1
      })
  }

  #deliver(index = this.random.below(this.messages.length)): void {
    const message = this.messages.splice(index, 1)[0]!
    const most = message.kind === 'shard' ? 5 : message.kind === 'job' ? 9 : Infinity
    const again = () => {
      if (message.attempts < most) this.messages.push({ ...message, attempts: message.attempts + 1 })
      else this.messages.push({ ...message, kind: message.kind === 'shard' ? 'dead-shard' : 'dead-job', attempts: 1 } as Message)
    }
    const consume = () => {
      switch (message.kind) {
        case 'shard':
          return scoreShard(this.engine, message.shard)
        case 'dead-shard':
          return failDeadShard(this.engine, message.shard)
        case 'job':
          return workJob(this.engine, message.job)
        case 'dead-job':
          return handleDeadJob(this.engine, message.job)
      }
    }
    this.#start(consume, again)
  }

  /** Everything stored, and the position of the random generator. */
  trace(): unknown[] {
    const tables = ['runs', 'shards', 'outbox'].map((table) => this.sqlite.prepare(`SELECT * FROM ${table}`).all())
    return [this.now, this.random.uint32(), this.deaths, this.told, this.messages, tables]
  }

  /** One step of the world. */
  async step(): Promise<void> {
    const chance = this.random.below(1000)
    if (chance < this.troubles.deaths) {
      this.#process += 1
      this.deaths += 1
      this.waiting = []
      this.messages = []
      this.beats.clear()
      this.tasks = 0
    } else if (chance < this.troubles.deaths + this.troubles.cancels && !this.canceled) {
      this.canceled = true
      this.#start(() => cancelRun(this.engine, 't', this.run.id))
    } else if (chance < 60) this.now += this.random.below(LEASE)
    else if (chance < 90) this.#start(() => this.#sweep())
    else if (chance < 110) for (const beat of this.beats) void beat()
    else if (chance < 500 && this.messages.length > 0 && this.tasks < 5) this.#deliver()
    else if (this.waiting.length > 0) return this.#resume().then(() => this.#check())
    await new Promise((resolve) => setImmediate(resolve))
    this.#check()
  }

  #rows(sql: string) {
    let statement = this.#statements.get(sql)
    if (statement === undefined) this.#statements.set(sql, (statement = this.sqlite.prepare(sql)))
    return statement.all()
  }

  /**
   * Checks that final state does not change. Most steps write nothing, and then there is nothing to check.
   */
  #check(): void {
    const look = `${String(this.#rows('SELECT total_changes() AS written')[0]!['written'])} ${this.#deleted}`
    if (look === this.#looked) return
    this.#looked = look
    const [run] = this.#rows(`SELECT status, report_digest FROM runs`)
    const { status, report_digest: digest } = run as { status: string; report_digest: string | null }
    if (status !== 'in_progress') this.#once('run', `${status} ${digest}`)
    if (digest === null ? status === 'completed' : status !== 'completed' && status !== 'failed')
      expect.fail(`a run that is ${status} has the report ${digest}`)
    const shards = this.#rows(
      `SELECT shard, state, evidence_key, recorded_at, hex(rows) AS bytes, rows IS NULL AS gone FROM shards`,
    )
    const final = shards.filter(({ state }) => state === 'recorded' || state === 'failed')
    if (status !== 'in_progress') this.#once('final shards', final.map(({ shard }) => shard).join())
    for (const { shard, state, evidence_key: evidence, recorded_at: at, bytes, gone } of shards) {
      if (state === 'recorded' || state === 'failed') this.#once(`shard ${shard}`, `${state} ${evidence} ${at}`)
      if (state === 'recorded' && gone === 0) this.#once(`rows ${shard}`, String(bytes))
      if (evidence !== null && !this.objects.has(String(evidence))) expect.fail(`shard ${shard} has lost ${evidence}`)
    }
    for (const { job_id: job, state } of this.#rows(`SELECT job_id, state FROM outbox WHERE state <> 'pending'`))
      this.#once(`job ${job}`, String(state))
  }

  #once(what: string, value: string): void {
    const before = this.#seen.get(what)
    if (before === undefined) this.#seen.set(what, value)
    else if (value !== before) expect(value, what).toBe(before)
  }

  /** Everything works again: continues to the end of the run and of all pending jobs. */
  async settle(): Promise<void> {
    this.troubles = CALM
    for (let round = 0; round < 400; round++) {
      for (let guard = 0; this.messages.length + this.waiting.length > 0; guard++) {
        if (guard > 20_000) throw new Error('it never comes to rest')
        if (this.waiting.length > 0) await this.#resume()
        else this.#deliver()
        this.#check()
      }
      const owed = this.sqlite.prepare(`SELECT 1 FROM outbox WHERE state = 'pending'`).all().length
      const open = this.sqlite.prepare(`SELECT 1 FROM runs WHERE status = 'in_progress'`).all().length
      if (owed + open === 0) return
      // A deferred job comes back after an hour.
      this.now += round < 100 ? LEASE / 2 : 60 * 60 * 1000
      this.#start(() => this.#sweep())
    }
    throw new Error('the run does not come to its end')
  }

  /** `count` consumers side by side, equally fast, messages in order, until none is left. */
  async serve(consumers: number): Promise<void> {
    while (this.messages.length + this.waiting.length > 0) {
      while (this.tasks < consumers && this.messages.length > 0) this.#deliver(0)
      for (const go of this.waiting.splice(0)) go()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Calls that wait for statements must be resumed by the test. */
  async call<T>(action: () => Promise<T>): Promise<T> {
    const call = { done: false }
    const result = action().finally(() => (call.done = true))
    result.catch(() => {})
    while (!call.done) {
      if (this.waiting.length > 0) await this.#resume()
      else await new Promise((resolve) => setImmediate(resolve))
    }
    return result
  }
}

const expected = await (async () => {
  const world = await World.begin(0, CALM, { pure, shards: layOut(ITEMS, ITEMS) })
  await world.settle()
  return (await world.call(() => world.engine.runs.findRun('t', world.run.id)))!.reportDigest!
})()

async function live(
  seed: number,
  troubles: Troubles,
  steps: number,
  subject: Subject = { pure, shards: layOut(ITEMS, 1 + (seed % 4)) },
): Promise<{ world: World; ended: RunRecord; failed: number }> {
  const world = await World.begin(seed, troubles, subject)
  for (let step = 0; step < steps; step++) await world.step()
  await world.settle()
  const ended = (await world.call(() => world.engine.runs.findRun('t', world.run.id)))!
  const failed = world.sqlite.prepare(`SELECT 1 FROM shards WHERE state = 'failed'`).all().length
  return { world, ended, failed }
}

test('a seed gives the same world again, to the last lease token', async () => {
  const traces = []
  for (let time = 0; time < 2; time++) {
    const world = await World.begin(17, { faults: 10, deaths: 3, cancels: 0 }, { pure, shards: layOut(ITEMS, 2) })
    for (let step = 0; step < 400; step++) await world.step()
    traces.push(world.trace())
  }
  expect(traces[1]).toEqual(traces[0])
})

describe('whatever happens', () => {
  test('consumers side by side, messages doubled, late and lost, processes that die: the undisturbed report', async () => {
    let deaths = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { world, ended, failed } = await live(seed, { faults: 0, deaths: seed % 12, cancels: 0 }, 400)
      deaths += world.deaths
      // Ten deaths during one shard make it a suspect. With fewer, nothing may be lost.
      if (failed === 0) expect(ended, `seed ${seed}`).toMatchObject({ status: 'completed', reportDigest: expected })
      else expect(world.deaths, `seed ${seed}`).toBeGreaterThan(9)
      expect(world.published.get(ended.reportDigest!), `seed ${seed}`).toBeDefined()
      expect(world.told, `seed ${seed}`).toBeGreaterThanOrEqual(1)
      expect(world.sqlite.prepare(`SELECT 1 FROM leaderboard_rows`).all()).toHaveLength(1)
      const again = await world.call(() => recomputeReport(world.engine, 't', world.run.id))
      expect(again, `seed ${seed}`).toMatchObject({ agrees: true, digest: ended.reportDigest })
    }
    expect(deaths).toBeGreaterThan(SEEDS)
  }, 600_000)

  test('a store that fails as well: shards may fail, the run still ends once and its report is what its rows say', async () => {
    let withFailures = 0
    let failedRuns = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { world, ended, failed } = await live(seed, { faults: 20 + ((7 * seed) % 30), deaths: seed % 4, cancels: 0 }, 500)
      if (failed > 0) withFailures += 1
      if (ended.status === 'failed') {
        failedRuns += 1
        expect(ended.error).toMatchObject({ code: 'merge_failed' })
        continue
      }
      expect(ended.status, `seed ${seed}`).toBe('completed')
      if (failed === 0) expect(ended.reportDigest, `seed ${seed}`).toBe(expected)
      const again = await world.call(() => recomputeReport(world.engine, 't', world.run.id))
      expect(again.agrees, `seed ${seed}`).toBe(true)
    }
    expect(withFailures).toBeGreaterThan(0)
    expect(failedRuns).toBeLessThan(SEEDS / 4)
  }, 600_000)

  test('a cancel at any moment: canceled or completed, once, with one event that says so', async () => {
    const ends = new Map<string, number>()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { world, ended } = await live(seed, { faults: 2, deaths: 2, cancels: 8 }, 300)
      ends.set(ended.status, (ends.get(ended.status) ?? 0) + 1)
      const events = world.sqlite.prepare(`SELECT payload FROM outbox WHERE kind = 'webhook'`).all()
      expect(events, `seed ${seed}`).toHaveLength(1)
      const event = { completed: 'succeeded', canceled: 'canceled', failed: 'failed', in_progress: '' }[ended.status]
      expect(events[0]!['payload'], `seed ${seed}`).toContain(`eval.run.${event}`)
      expect(world.sqlite.prepare(`SELECT 1 FROM reports`).all()).toHaveLength(ended.status === 'completed' ? 1 : 0)
    }
    expect(ends.get('canceled')).toBeGreaterThan(0)
    expect(ends.get('completed')).toBeGreaterThan(0)
  }, 600_000)
})

describe('a run with a target, sent in waves', async () => {
  const items = 260
  const proxyOf = (count: number) =>
    Float64Array.from({ length: count }, (_, ordinal) => new CounterRandom(5, `proxy ${ordinal}`).uniform())
  const proxy = proxyOf(items)
  const aimed = (errored?: ReadonlySet<number>, count = items) =>
    pureRun({
      seed: 8,
      task: 'vqa',
      items: count,
      criteria: [VQA],
      ...(errored === undefined ? {} : { errored }),
      predictionPowered: {
        criterion: VQA.name,
        target_half_width: 0.11,
        proxy: { report_digest: 'a'.repeat(64), criterion: 'accuracy', scores_digest: 'b'.repeat(64), unscored: 0 },
      },
    })
  const whole = await aimed()

  /** The report of an undisturbed world, and the number of items used. */
  async function undisturbed(subject: Subject) {
    const world = await World.begin(0, CALM, subject)
    await world.settle()
    const { reportDigest } = (await world.call(() => world.engine.runs.findRun('t', world.run.id)))!
    const { body } = world.sqlite.prepare(`SELECT body FROM reports`).get() as { body: string }
    const { counts } = JSON.parse(body) as { counts: { used: number } }
    return { digest: reportDigest!, used: counts.used, asked: world.asked }
  }
  const all = await undisturbed({ pure: whole, shards: layOut(items, items), proxy })

  test('uses the pilot and what the pilot asks for, and asks no more than the shard that ends there holds', async () => {
    expect(all.used).toBeGreaterThan(PILOT_ITEMS + 10)
    expect(all.used).toBeLessThan(items - 40)
    for (const size of [9, 32]) {
      const shards = layOut(items, size, PILOT_ITEMS)
      const waves = await undisturbed({ pure: whole, shards, proxy, sendLimit: PILOT_ITEMS })
      expect(waves.digest).toBe(all.digest)
      expect(waves.asked).toBe(shards.find(({ end }) => end >= all.used)!.end)
    }
  }, 600_000)

  test('with eight concurrent consumers a costly subject is asked for the used items and less than a shard more', async () => {
    const large = await aimed(undefined, 2000)
    const cheap = proxyOf(2000)
    /** Shards and consumers of an endpoint with four concurrent calls. */
    const asked = async (sendLimit: number | undefined, size: number) => {
      const shards = layOut(2000, size, sendLimit)
      const subject = { pure: large, shards, proxy: cheap, ...(sendLimit === undefined ? {} : { sendLimit }) }
      const world = await World.begin(3, CALM, subject)
      await world.call(() => fanOut(world.engine, world.run.queue))
      await world.serve(8)
      const { body } = world.sqlite.prepare(`SELECT body FROM reports`).get() as { body: string }
      const { counts } = JSON.parse(body) as { counts: { used: number } }
      return { used: counts.used, asked: world.asked, body }
    }
    const atOnce = await asked(undefined, 32)
    const inWaves = await asked(PILOT_ITEMS, 32)
    expect(inWaves.body).toBe(atOnce.body)
    expect({ atOnce: atOnce.asked, inWaves: inWaves.asked, used: inWaves.used }).toEqual({ atOnce: 256, inWaves: 228, used: 200 })
  }, 600_000)

  test('whatever happens, wherever waves begin, the same report', async () => {
    let deaths = 0
    let resumed = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      // Sizes: all at once, one item at first, more than the pilot, and up to the pilot's end.
      const sendLimit = [undefined, 1, 37, PILOT_ITEMS, 150][seed % 5]
      const shards = layOut(items, 20 + (seed % 7) * 9, PILOT_ITEMS)
      const subject = { pure: whole, shards, proxy, ...(sendLimit === undefined ? {} : { sendLimit }) }
      const { world, ended, failed } = await live(seed, { faults: 0, deaths: seed % 9, cancels: 0 }, 500, subject)
      deaths += world.deaths
      resumed += world.resumed
      if (failed === 0) expect(ended, `seed ${seed}`).toMatchObject({ status: 'completed', reportDigest: all.digest })
      else expect(world.deaths, `seed ${seed}`).toBeGreaterThan(9)
      const again = await world.call(() => recomputeReport(world.engine, 't', world.run.id))
      expect(again, `seed ${seed}`).toMatchObject({ agrees: true, digest: ended.reportDigest })
    }
    expect(deaths).toBeGreaterThan(SEEDS)
    expect(resumed, 'some waves were left to the schedule').toBeGreaterThan(0)
  }, 600_000)

  test('a store that fails as well: the run ends once, with the report that its rows say', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const shards = layOut(items, 40, PILOT_ITEMS)
      const subject = { pure: whole, shards, proxy, sendLimit: PILOT_ITEMS }
      const { world, ended, failed } = await live(seed, { faults: 5 + (seed % 20), deaths: seed % 3, cancels: 0 }, 500, subject)
      if (ended.status === 'failed') continue
      expect(ended.status, `seed ${seed}`).toBe('completed')
      if (failed === 0) expect(ended.reportDigest, `seed ${seed}`).toBe(all.digest)
      const again = await world.call(() => recomputeReport(world.engine, 't', world.run.id))
      expect(again.agrees, `seed ${seed}`).toBe(true)
    }
  }, 600_000)

  test('a run with a rule, too: the same report wherever waves begin, and fewer items asked', async () => {
    const stopping = { criterion: VQA.name, first_look: 20, half_width: 0.09 }
    const ruled = await pureRun({ seed: 8, task: 'vqa', items, criteria: [VQA], stopping })
    const inOne = await undisturbed({ pure: ruled, shards: layOut(items, items) })
    expect(inOne.used).toBeGreaterThan(40)
    expect(inOne.used).toBeLessThan(items - 60)
    const first = firstSendLimit(ruled.run.spec)!
    const waves = await undisturbed({ pure: ruled, shards: layOut(items, 5, first), sendLimit: first })
    expect(waves.digest).toBe(inOne.digest)
    expect(waves.asked).toBeLessThanOrEqual(2.5 * inOne.used + 5)
    expect(waves.asked).toBeLessThan(items)
    for (let seed = 1; seed <= SEEDS / 3; seed++) {
      const subject = { pure: ruled, shards: layOut(items, 11 + seed, first), sendLimit: [1, first, 70][seed % 3]! }
      const { ended, failed, world } = await live(seed, { faults: 0, deaths: seed % 6, cancels: 0 }, 400, subject)
      if (failed === 0) expect(ended, `seed ${seed}`).toMatchObject({ status: 'completed', reportDigest: inOne.digest })
      else expect(world.deaths, `seed ${seed}`).toBeGreaterThan(9)
    }
  }, 600_000)

  test('a pilot that cannot determine the sample size ends the run, in every consumer', async () => {
    const broken = await aimed(new Set([99]))
    const shards = layOut(items, 30, PILOT_ITEMS)
    const expectedReport = await undisturbed({ pure: broken, shards: layOut(items, items), proxy })
    expect(expectedReport.used).toBe(PILOT_ITEMS)
    const waves = await undisturbed({ pure: broken, shards, proxy, sendLimit: PILOT_ITEMS })
    expect(waves).toEqual({ ...expectedReport, asked: PILOT_ITEMS })
  })

  test('a wave whose last shard failed is followed by the schedule', async () => {
    const shards = layOut(items, 50, PILOT_ITEMS)
    const world = await World.begin(1, CALM, { pure: whole, shards, proxy, sendLimit: PILOT_ITEMS })
    await world.call(() => scoreShard(world.engine, { tenant: 't', run: world.run.id, shard: 0 }))
    await world.call(() => failDeadShard(world.engine, { tenant: 't', run: world.run.id, shard: 1 }))
    expect(
      world.sqlite
        .prepare(`SELECT state FROM shards ORDER BY shard`)
        .all()
        .map(({ state }) => state),
    ).toEqual(['recorded', 'failed', 'pending', 'pending', 'pending', 'pending'])
    await world.settle()
    expect((await world.call(() => world.engine.runs.findRun('t', world.run.id)))!.status).toBe('completed')
    expect(world.asked).toBe(50)
  })

  test('an undecidable next wave does not hang: the run fails, and no more is asked', async () => {
    const shards = layOut(items, 50, PILOT_ITEMS)
    const world = await World.begin(1, CALM, { pure: whole, shards, sendLimit: PILOT_ITEMS })
    await world.settle()
    expect((await world.call(() => world.engine.runs.findRun('t', world.run.id)))!).toMatchObject({
      status: 'failed',
      error: { code: 'merge_failed' },
    })
    expect(world.asked).toBe(PILOT_ITEMS)
  })
})
