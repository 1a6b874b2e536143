/** Signals of responses for the pace, and the pause of a shard. */
import { describe, expect, test } from 'vitest'
import { ModelPaused } from '../../../../../src/contracts/model.ts'
import { limitsOf, quotaIsBackIn } from '../../../../../src/models/endpoint/pacing/rate-limit-headers.ts'
import { createSharedPacer } from '../../../../../src/models/endpoint/pacing/shared-pacer.ts'
import type { Turn, TurnReport } from '../../../../../src/models/endpoint/pacing/turn-queue.ts'
import { EgressError } from '../../../../../src/egress/egress-error.ts'
import { PaidEndpoint } from '../../../runs/paid-endpoint.ts'

const UNKNOWN = { requestsPerMinute: null, tokensPerMinute: null }

function pacerWith(turns: readonly Turn[]) {
  const reports: TurnReport[] = []
  let asked = 0
  let now = 1000
  const pacer = createSharedPacer({
    turns: {
      take: async () => {
        now += 10_000
        return turns[Math.min(asked++, turns.length - 1)]!
      },
      giveBack: async () => {},
      report: async (report) => void reports.push(report),
    },
    limits: UNKNOWN,
    now: () => now,
    until: 100_000,
  })
  return { pacer, reports, asked: () => asked }
}

describe('a turn', () => {
  test('is asked for again until it comes', async () => {
    const { pacer, asked } = pacerWith([{ kind: 'later' }, { kind: 'later' }, { kind: 'go' }])
    await pacer.takeTurn(true)
    expect(asked()).toBe(3)
  })

  test('that takes longer than the shard has puts the shard back', async () => {
    const { pacer, asked } = pacerWith([{ kind: 'later' }])
    await expect(pacer.takeTurn(true)).rejects.toThrow(ModelPaused)
    expect(asked()).toBe(10)
  })

  test('of a paused endpoint puts the shard back with the reason', async () => {
    const { pacer } = pacerWith([{ kind: 'paused', milliseconds: 30_000, reason: 'the endpoint does not answer' }])
    await expect(pacer.takeTurn(true)).rejects.toMatchObject({ message: 'the endpoint does not answer', until: 41_000 })
  })
})

describe('a report says', () => {
  const response = (status: number, headers: Record<string, string> = {}) =>
    ({ response: { status, headers: new Headers(headers), bytes: new Uint8Array() } }) as const
  test.each([
    ['served', response(200), true],
    ['refused', response(429, { 'retry-after': '3' }), true],
    ['refused', response(503, { 'retry-after': '3' }), false],
    ['served', response(503), false],
    ['served', response(400), true],
    ['refused', { ...response(200), reported: { status: 429, code: null, message: null } }, true],
    ['lost', { error: new EgressError({ code: 'network', detail: 'gone' }) }, false],
  ] as const)('%s', async (kind, outcome, ok) => {
    const { pacer, reports } = pacerWith([{ kind: 'go' }])
    await pacer.report(outcome, null, 'item')
    expect(reports[0]).toMatchObject({ item: 'item', ok, signal: { kind } })
  })
})

test('headers tell limits, and when there is quota again', () => {
  const headers = new Headers({
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-limit-tokens': '30000',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1m0.5s',
    'x-ratelimit-remaining-tokens': '12',
    'x-ratelimit-reset-tokens': '6m0s',
  })
  expect(limitsOf(headers)).toEqual({ requestsPerMinute: 500, tokensPerMinute: 30_000 })
  expect(quotaIsBackIn(headers)).toBe(60_500)
  expect(quotaIsBackIn(new Headers({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'soon' }))).toBeNull()
  expect(quotaIsBackIn(new Headers({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '200ms' }))).toBe(200)
})

test('a paused run keeps its answers, is not sent while it is paused, and goes on afterwards', async () => {
  let turns = 0
  let isDown = true
  const lab = await PaidEndpoint.open({
    items: 8,
    concurrency: 1,
    pacer: {
      takeTurn: async () => {
        if (isDown && ++turns > 3) throw new ModelPaused('the endpoint does not answer', lab.now + 30_000)
      },
      returnTurn: async () => {},
      report: async () => {},
    },
  })
  const run = await lab.begin({}, 8)
  expect(await lab.drain()).toEqual([])
  expect(lab.requests).toHaveLength(3)
  expect(lab.rows('SELECT state, sent_at, end_ordinal - first_ordinal AS items, attempts FROM shards')).toEqual([
    { state: 'recorded', sent_at: expect.any(Number), items: 3, attempts: 1 },
    { state: 'pending', sent_at: null, items: 5, attempts: 0 },
  ])
  expect((await lab.totals(run)).pause).toEqual({ until: lab.now + 30_000, reason: 'the endpoint does not answer' })
  expect(await lab.engine.runs.unsentShards('t', run.id, 10)).toEqual([])
  expect(await lab.engine.runs.sendingRuns('endpoint', 10)).toEqual([])

  isDown = false
  lab.now += 30_001
  expect(await lab.engine.runs.sendingRuns('endpoint', 10)).toMatchObject([{ inFlight: 0, isWaiting: true }])
  expect((await lab.finish(run)).status).toBe('completed')
  expect(lab.requests).toHaveLength(8)
})
