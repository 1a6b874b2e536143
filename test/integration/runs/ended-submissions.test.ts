/** Runs that are cancelled, retried or deleted while a batch or a job is sent, looked at or delivered. */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { cancelRun } from '../../../src/runs/cancel.ts'
import { deleteRun } from '../../../src/runs/delete-run.ts'
import { fanOut } from '../../../src/runs/fan-out.ts'
import { retryRun } from '../../../src/runs/retry.ts'
import { CounterRandom } from '../../../src/statistics/counter-random.ts'
import { createEndpointStore } from '../../../src/storage/catalogue/endpoint-store.ts'
import { sweep } from '../../support/run-engine.ts'
import type { DeferredEndpoint } from './deferred-endpoint.ts'
import { LEASE } from './sqlite-engine.ts'
import { LATER, type Later, submissionServers } from './submission-servers.ts'

const error = vi.spyOn(console, 'error').mockImplementation(() => {})
const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
afterAll(() => {
  error.mockRestore()
  warn.mockRestore()
})

const servers = submissionServers()
const ITEMS = 6
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const open = (kind: Later) => servers.open(kind, { items: ITEMS, timeoutMs: 10_000 })

/** Lets time pass, a few minutes at a time, until `isDone`. */
async function pass(lab: DeferredEndpoint, isDone: () => boolean | Promise<boolean>, most = 60): Promise<void> {
  for (let rounds = 0; rounds < most; rounds++) {
    await lab.drain()
    if (await isDone()) break
    lab.now += 5 * MINUTE
    await new Promise((resolve) => setTimeout(resolve, 20))
    await sweep(lab.engine)
  }
}

const isEnded =
  (lab: DeferredEndpoint, { id }: RunRecord) =>
  async () =>
    (await lab.run(id)).status !== 'in_progress'
const openOnes = (lab: DeferredEndpoint) => lab.rows('SELECT * FROM submissions WHERE ended_at IS NULL').length
/** Jobs of a run that are left, but for those of people who are told. */
const owed = (lab: DeferredEndpoint) => lab.rows(`SELECT * FROM outbox WHERE state = 'pending'`).length

/** Retries as soon as it is allowed. */
async function retried(lab: DeferredEndpoint, run: RunRecord): Promise<RunRecord> {
  const settings = await lab.ledgers.settings('t', run.id)
  let id = ''
  await pass(lab, async () => {
    try {
      id = await retryRun(lab.engine, run, settings, ITEMS, { id: `evalrun_retry_${run.id}`, keyId: 'key' })
      return true
    } catch (failure) {
      if (failure instanceof Fault && failure.failure.kind === 'conflict') return false
      throw failure
    }
  })
  await fanOut(lab.engine, 'endpoint')
  const again = await lab.run(id)
  await pass(lab, isEnded(lab, again))
  return lab.run(id)
}

/** Calls of storage at which a test ends a run: some, or every one with `CUTS=all`. */
async function momentsOf(kind: Later, name: string, some: number): Promise<number[]> {
  const lab = await open(kind)
  let calls = 0
  lab.storage = async (when) => {
    if (when === 'before') calls++
  }
  const run = await lab.begin({}, 3)
  await pass(lab, isEnded(lab, run))
  servers.reset()
  if (process.env['CUTS'] === 'all') return Array.from({ length: calls }, (_, index) => index + 1)
  const random = new CounterRandom(3, `${kind} ${name}`)
  return Array.from({ length: some }, () => 1 + random.below(calls))
}

/** Cancels before the call of storage with this number, while its consumer goes on. */
async function cancelledAt(kind: Later, number: number): Promise<{ lab: DeferredEndpoint; run: RunRecord }> {
  servers.reset()
  const lab = await open(kind)
  const begun = await lab.begin({}, 3)
  let calls = 0
  lab.storage = async (when) => {
    if (when === 'after' || ++calls !== number) return
    await cancelRun(lab.engine, 't', begun.id).catch(() => {})
  }
  await pass(lab, isEnded(lab, begun))
  return { lab, run: await lab.run(begun.id) }
}

describe.each(LATER)('a %s', (kind) => {
  test('whose run is cancelled at any moment is collected, and a retry pays for nothing again', async () => {
    let canceled = 0
    const faults: string[] = []
    for (const number of await momentsOf(kind, 'retry', 5)) {
      const { lab, run } = await cancelledAt(kind, number)
      if (run.status !== 'canceled') continue
      canceled++
      const again = await retried(lab, run)
      const { answers_per_request: answers } = servers.endpoint.stats()
      const asked = JSON.stringify(answers)
      if (again.status !== 'completed') faults.push(`call ${number}: the retry is ${again.status}`)
      if (asked !== JSON.stringify({ '1': ITEMS })) faults.push(`call ${number}: answers per request ${asked}`)
      if (openOnes(lab) > 0) faults.push(`call ${number}: a submission is open`)
    }
    expect(faults).toEqual([])
    expect(canceled).toBeGreaterThan(0)
  }, 600_000)

  test('whose run is cancelled at any moment and deleted leaves nothing behind', async () => {
    const faults: string[] = []
    for (const number of await momentsOf(kind, 'delete', 5)) {
      const { lab, run } = await cancelledAt(kind, number)
      await pass(lab, () =>
        deleteRun(lab.engine, run).then(
          () => true,
          () => false,
        ),
      )
      lab.now += LEASE
      await pass(lab, () => owed(lab) === 0)
      const tables = ['runs', 'shards', 'submissions', 'endpoint_calls', 'run_ledger', 'run_events']
      const left = tables.filter((table) => lab.rows(`SELECT 1 FROM ${table}`).length > 0)
      const objects = [...lab.objects.keys()].filter((key) => key.includes(run.id))
      if (left.length + objects.length > 0) faults.push(`call ${number}: ${[...left, ...objects].join(' ')}`)
      if (owed(lab) > 0) faults.push(`call ${number}: jobs are left`)
    }
    expect(faults).toEqual([])
  }, 600_000)

  test('is not begun for a run that was cancelled just before', async () => {
    const lab = await open(kind)
    const { runs } = lab.engine
    const run = await lab.begin({}, 3)
    lab.engine.runs = {
      ...runs,
      beginSubmission: async (claim, id) => {
        await cancelRun(lab.engine, 't', run.id)
        return runs.beginSubmission(claim, id)
      },
    }
    await lab.drain()
    expect(lab.rows('SELECT * FROM submissions')).toEqual([])
  })
})

describe('while a batch is under way', () => {
  /** A cancelled run with two batches. The first one's machine does not answer. */
  async function unreachable() {
    // A batch that is cancelled ends after the request that it is at.
    servers.endpoint.turn({ latency_ms: [300, 300] })
    let first: string | null = null
    const damage = async (address: string, response: Response) =>
      first !== null && address.includes(first) ? Promise.reject(new TypeError('connection refused')) : response
    const lab = await servers.open('batch', { items: ITEMS, timeoutMs: 10_000, damage })
    const run = await lab.begin({}, 3)
    await lab.drain()
    const submissions = lab.rows<{ external_id: string }>('SELECT * FROM submissions ORDER BY shard')
    expect(submissions).toHaveLength(2)
    first = submissions[0]!.external_id
    await cancelRun(lab.engine, 't', run.id)
    return { lab, run: await lab.run(run.id) }
  }
  const ended = (lab: DeferredEndpoint) =>
    lab.rows<{ ended: number }>('SELECT ended_at IS NOT NULL AS ended FROM submissions ORDER BY shard').map((row) => row.ended)

  test('that cannot be reached, others of its run are stopped', async () => {
    const { lab } = await unreachable()
    await pass(lab, () => ended(lab)[1] === 1)
    expect(ended(lab)).toEqual([0, 1])
  })

  test('its run is neither deleted nor retried, its endpoint and dataset stay, and a day later they may go', async () => {
    const { lab, run } = await unreachable()
    await pass(lab, () => ended(lab)[1] === 1)
    const endpoints = createEndpointStore(lab.db, lab.engine.clock)
    const retry = async () =>
      retryRun(lab.engine, run, await lab.ledgers.settings('t', run.id), 0, { id: 'evalrun_again', keyId: 'key' })
    for (const refused of [deleteRun(lab.engine, run), retry(), endpoints.delete('t', 'gpu')])
      await expect(refused).rejects.toThrow(/is being stopped|are being stopped/)
    lab.now = run.endedAt! + 23 * HOUR
    await pass(lab, () => openOnes(lab) === 0, 3)
    expect(openOnes(lab)).toBe(1)
    lab.now = run.endedAt! + 27 * HOUR
    await pass(lab, () => openOnes(lab) === 0, 3)
    await retry()
    await cancelRun(lab.engine, 't', 'evalrun_again')
    await deleteRun(lab.engine, run)
    await endpoints.delete('t', 'gpu')
  })
})
