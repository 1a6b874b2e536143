/** Limits on chains of trigger, run, webhook, trigger. */
import { beforeEach, describe, expect, test } from 'vitest'
import { Fault, type Failure } from '../../../src/contracts/failure.ts'
import type { TriggerRecord } from '../../../src/contracts/records.ts'
import type { Services } from '../../../src/http/app-context.ts'
import {
  ancestorsIn,
  CHAIN_DEPTH_HEADER,
  depthOfDelivery,
  MAX_CHAIN_DEPTH,
  RUNS_A_MINUTE,
  RUNS_AN_HOUR,
} from '../../../src/http/routes/hooks/trigger-chain.ts'
import { createRunViews } from '../../../src/storage/run-views.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const NOW = 100 * 3_600_000
const hex = (number: number) => number.toString(16).padStart(32, '0')
const run = (number: number) => `evalrun_${hex(number)}`
const bytes = (text: string) => new TextEncoder().encode(text)
const trigger = { tenant: 't', id: 'trig_1' } as TriggerRecord

let services: Services
let insert: (number: number, depth: number, age?: number, of?: { tenant?: string; trigger?: string }) => void

beforeEach(() => {
  const { db, sqlite } = sqliteD1()
  services = {
    clock: { now: () => NOW },
    views: createRunViews(db, {} as R2Bucket),
  } as unknown as Services
  const statement = sqlite.prepare(
    `INSERT INTO trigger_deliveries (tenant_id, trigger_id, delivery_key, run_id, created_at, depth) VALUES (?, ?, ?, ?, ?, ?)`,
  )
  insert = (number, depth, age = 7_200_000, { tenant = 't', trigger: id = 'trig_1' } = {}) =>
    void statement.run(tenant, id, `key ${number}`, run(number), NOW - age, depth)
})

const depthOf = (body: string, headers: Record<string, string> = {}) =>
  depthOfDelivery(services, trigger, new Headers(headers), bytes(body))

async function refusal(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Fault)) throw new Error(`expected a Fault, got ${String(error)}`)
  return error.failure
}

describe('the depth of a delivery', () => {
  test('is 1 where no run of ours led to it', async () => {
    expect(await depthOf('{}')).toBe(1)
    expect(await depthOf(JSON.stringify({ data: { id: run(1) } }))).toBe(1)
  })

  test.each<[string, string, Record<string, string>]>([
    ['the payload of our event', JSON.stringify({ data: { id: run(1) } }), {}],
    ['a payload that a relay wrapped', JSON.stringify({ text: `Assay: ${run(1)} has ended` }), {}],
    ['the id of our event', '{}', { 'webhook-id': `evt_${hex(1)}_${hex(9)}` }],
    ['the id of our event in a payload', JSON.stringify({ id: `evt_${hex(1)}_${hex(9)}` }), {}],
    ['the header of our events', '{}', { [CHAIN_DEPTH_HEADER]: '3' }],
  ])('goes on from the run that %s names', async (_, body, headers) => {
    insert(1, 3)
    expect(await depthOf(body, headers)).toBe(4)
  })

  test('is of the deepest run named, and only of the tenant’s own', async () => {
    insert(1, 3)
    insert(2, 5)
    insert(3, 7, 0, { tenant: 'other' })
    expect(await depthOf(JSON.stringify([run(1), run(2), run(3)]))).toBe(6)
  })

  test.each(['-1', '1.5', '0x9', '٣', '9999', 'many'])('takes no number from a header that says %s', async (value) => {
    // As bytes: the platform's headers allow no other characters.
    const headers = { get: (name: string) => (name === CHAIN_DEPTH_HEADER ? value : null) } as Headers
    expect(await depthOfDelivery(services, trigger, headers, bytes('{}'))).toBe(1)
  })

  test('ends at its bound', async () => {
    insert(1, MAX_CHAIN_DEPTH - 1)
    insert(2, MAX_CHAIN_DEPTH)
    expect(await depthOf(run(1))).toBe(MAX_CHAIN_DEPTH)
    expect(await refusal(depthOf(run(2)))).toMatchObject({
      kind: 'unprocessable',
      detail: expect.stringContaining('8 triggers') as string,
    })
    expect(await refusal(depthOf('{}', { [CHAIN_DEPTH_HEADER]: '999' }))).toMatchObject({ kind: 'unprocessable' })
  })

  test('asks for few of the runs that a payload names', () => {
    const body = bytes(Array.from({ length: 20_000 }, (_, index) => run(index)).join())
    expect(ancestorsIn(new Headers(), body)).toHaveLength(16)
  })
})

describe('after a relay has removed everything', () => {
  test('a trigger starts a limited number of runs per minute', async () => {
    for (let index = 0; index < RUNS_A_MINUTE - 1; index++) insert(index, 1, 59_000)
    insert(1000, 1, 59_000, { trigger: 'trig_2' })
    insert(1001, 1, 61_000)
    expect(await depthOf('{}')).toBe(1)
    insert(1002, 1, 0)
    expect(await refusal(depthOf('{}'))).toMatchObject({ kind: 'rate_limited', retryAfterSeconds: 60 })
  })

  test('and so many an hour', async () => {
    for (let index = 0; index < RUNS_AN_HOUR - 1; index++) insert(index, 1, 3_000_000)
    expect(await depthOf('{}')).toBe(1)
    insert(1000, 1, 3_000_000)
    expect(await refusal(depthOf('{}'))).toMatchObject({ kind: 'rate_limited', retryAfterSeconds: 600 })
  })
})
