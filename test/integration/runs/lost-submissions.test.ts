/** Submissions of which nothing is heard, which take too long, or which are ended at the endpoint. */
import { describe, expect, test } from 'vitest'
import type { RunRecord } from '../../../src/contracts/run.ts'
import { sweep } from '../../support/run-engine.ts'
import type { DeferredEndpoint, DeferredWish } from './deferred-endpoint.ts'
import { LATER, type Later, submissionServers } from './submission-servers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Longer than any test. */
const NEVER = 100_000_000

const servers = submissionServers()

const open = (kind: Later, more: Pick<DeferredWish, 'damage' | 'maxAttempts'> = {}) =>
  servers.open(kind, { items: 4, timeoutMs: 10_000, ...more })

/** Lets time pass until the run has ended. @returns the hours that it took */
async function hoursOf(lab: DeferredEndpoint, run: RunRecord, step = 5 * MINUTE, most = 40 * HOUR): Promise<number> {
  const begunAt = lab.now
  while (lab.now < begunAt + most) {
    await lab.drain()
    if ((await lab.run(run.id)).status !== 'in_progress') break
    lab.now += step
    await new Promise((resolve) => setTimeout(resolve, 2))
    await sweep(lab.engine)
  }
  return (lab.now - begunAt) / HOUR
}

function outcomesOf(lab: DeferredEndpoint): Record<string, number> {
  return JSON.parse(lab.rows<{ outcomes: string }>('SELECT outcomes FROM run_progress')[0]!.outcomes) as Record<string, number>
}

const submissions = (lab: DeferredEndpoint) => lab.rows('SELECT * FROM submissions').length
const pauses = (lab: DeferredEndpoint) => lab.rows(`SELECT data FROM run_events WHERE data LIKE '%paused: %'`).length

describe.each(LATER)('a %s', (kind) => {
  /** Fails the looks at a submission, as a server that is down does. */
  const looks = (address: string) => /\/(batches|jobs)\/[^/]+$/.test(address)

  test('of which nothing is heard for two hours is errored, and the run says why meanwhile', async () => {
    servers.endpoint.turn({ latency_ms: [NEVER, NEVER] })
    const damage = async (address: string, response: Response) =>
      looks(address) ? Promise.reject(new TypeError('connection refused')) : response
    const lab = await open(kind, { damage })
    const run = await lab.begin({}, 4)
    await lab.drain()
    lab.now += 10 * MINUTE
    await sweep(lab.engine)
    await lab.drain()
    expect((await lab.totals(run)).pause?.reason).toContain('endpoint gpu says nothing about a submission')
    const hours = await hoursOf(lab, run)
    expect(hours).toBeGreaterThan(1.8)
    expect(hours).toBeLessThan(2.5)
    expect(outcomesOf(lab)).toEqual({ endpoint_unreached: 4 })
    // One that may have been paid for is not sent again.
    expect(submissions(lab)).toBe(1)
    expect(await lab.totals(run)).toMatchObject({ intents: 4, unanswered: 4, heldNano: 0 })
    expect(pauses(lab)).toBe(1)
  })

  test('that is heard of again after an hour is collected', async () => {
    let isDown = true
    const damage = async (address: string, response: Response) =>
      isDown && looks(address) ? Promise.reject(new TypeError('connection refused')) : response
    const lab = await open(kind, { damage })
    // Results of the job are there, but its worker is not asked.
    if (kind === 'job') servers.endpoint.turn({ latency_ms: [NEVER, NEVER] })
    const run = await lab.begin({}, 4)
    await hoursOf(lab, run, 5 * MINUTE, HOUR)
    expect((await lab.run(run.id)).status).toBe('in_progress')
    isDown = false
    servers.endpoint.turn({ latency_ms: [0, 0] })
    if (kind === 'job') servers.endpoint.forgetJobs()
    await hoursOf(lab, run)
    expect((await lab.run(run.id)).status).toBe('completed')
    expect(outcomesOf(lab)).toEqual({ answered: 4 })
    expect(submissions(lab)).toBe(1)
  })

  test('that never answers is errored after its time, stopped, and not sent again', async () => {
    servers.endpoint.turn({ latency_ms: [NEVER, NEVER] })
    const lab = await open(kind)
    const run = await lab.begin({}, 4)
    const hours = await hoursOf(lab, run, 30 * MINUTE)
    expect(hours).toBeGreaterThan(23)
    expect(hours).toBeLessThan(27)
    expect(outcomesOf(lab)).toEqual({ endpoint_overdue: 4 })
    expect(submissions(lab)).toBe(1)
    expect(servers.endpoint.stats()).toMatchObject({ billed: 0 })
  })
})

/** The batch as the endpoint tells it, with another status. */
const batchSaid = (change: (batch: Record<string, unknown>) => Response) => async (address: string, response: Response) => {
  if (!/\/batches\/[^/]+$/.test(address)) return response
  return change((await response.json()) as Record<string, unknown>)
}

test('a batch cancelled at the endpoint is not sent again; a retry would ask', async () => {
  const lab = await open('batch', {
    damage: batchSaid((batch) => Response.json({ ...batch, status: 'cancelled', output_file_id: null, request_counts: null })),
  })
  const run = await lab.begin({}, 4)
  await hoursOf(lab, run)
  expect(outcomesOf(lab)).toEqual({ batch_cancelled: 4 })
  expect(submissions(lab)).toBe(1)
})

test.each([
  [
    'expired',
    batchSaid((batch) => Response.json({ ...batch, status: 'expired', output_file_id: null, request_counts: null })),
    'batch_expired',
  ],
  [
    'been deleted',
    batchSaid(() => Response.json({ error: { message: 'No such batch' } }, { status: 404 })),
    'endpoint_no_result',
  ],
])('a batch that has %s is sent again, as often as the endpoint allows', async (_, damage, code) => {
  const lab = await open('batch', { damage, maxAttempts: 3 })
  const run = await lab.begin({}, 4)
  expect(await hoursOf(lab, run)).toBeLessThan(2)
  expect(outcomesOf(lab)).toEqual({ [code]: 4 })
  expect(submissions(lab)).toBe(3)
})
