/**
 * Calls of endpoints outside runs: the daily budget holds for concurrent calls, and each is counted once.
 */
import { expect, test } from 'vitest'
import { createDirectLedger } from '../../../src/storage/direct-ledger.ts'
import { createLedgerReader } from '../../../src/storage/ledger-reader.ts'
import { prune } from '../../../src/storage/pruning.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const DAY = 86_400_000
const UNLIMITED = { maxRequests: null, maxCostNano: null }
const settlement = (call: string, change: object = {}) => ({
  tenant: 't',
  run: 'r',
  call,
  state: 'settled' as const,
  status: 200,
  outcome: 'answered',
  promptTokens: 7,
  completionTokens: 2,
  costNano: 4,
  answerBytes: null,
  unpaid: false,
  ...change,
})

function world(budget: { maxRequests: number | null; maxCostNano: number | null } = UNLIMITED) {
  const time = { now: DAY }
  const clock = { now: () => time.now }
  const { db } = sqliteD1()
  const ledgerOf = (keyId: string, endpoint = 'gpu') => createDirectLedger(db, clock, { keyId, endpoint, budget })
  const begin = (call: string, { key = 'k', endpoint = 'gpu', held = 10 } = {}) =>
    ledgerOf(key, endpoint).begin({ tenant: 't', run: 'r', call, item: '', answerKey: '', heldNano: held })
  return { time, clock, db, ledgerOf, begin, reader: createLedgerReader(db) }
}

test('calls are counted by key, and settled once', async () => {
  const { begin, ledgerOf, reader } = world()
  expect([await begin('a'), await begin('b'), await begin('c', { key: 'other' })]).toEqual(['admitted', 'admitted', 'admitted'])
  for (let time = 0; time < 2; time++) await ledgerOf('k').settle(settlement('a'))
  await ledgerOf('k').settle(
    settlement('b', { state: 'unanswered', status: null, promptTokens: 0, completionTokens: 0, costNano: 0 }),
  )
  expect(await reader.ofKey('t', 'k')).toEqual({
    runs: 0,
    directIntents: 2,
    intents: 2,
    settled: 1,
    unanswered: 1,
    promptTokens: 7,
    completionTokens: 2,
    costNano: 4,
    // The call without an answer may have been paid.
    heldNano: 10,
  })
  expect(await reader.ofKey('t', 'nobody')).toBeNull()
  expect(await reader.ofKey('another tenant', 'k')).toBeNull()
})

test('the budget of a day is of all keys together, per endpoint, and begins again the next day', async () => {
  const { begin, time } = world({ maxRequests: 2, maxCostNano: null })
  expect(await begin('a')).toBe('admitted')
  expect(await begin('b', { key: 'other' })).toBe('admitted')
  expect(await begin('c')).toBe('over_budget')
  expect(await begin('d', { endpoint: 'second' })).toBe('admitted')
  time.now += DAY
  expect(await begin('e')).toBe('admitted')
})

test('200 concurrent calls hold no more than the budget, and what is settled for less is free again', async () => {
  const { begin, ledgerOf } = world({ maxRequests: null, maxCostNano: 1000 })
  const admissions = await Promise.all(Array.from({ length: 200 }, (_, index) => begin(`call-${index}`)))
  expect(admissions.filter((admission) => admission === 'admitted')).toHaveLength(100)
  await ledgerOf('k').settle(settlement(`call-${admissions.indexOf('admitted')}`, { costNano: 0 }))
  expect([await begin('one more'), await begin('too many')]).toEqual(['admitted', 'over_budget'])
})

test('calls are pruned after 30 days, and their sums stay', async () => {
  const { begin, time, clock, db, reader } = world()
  await begin('old')
  time.now += 20 * DAY
  await begin('new')
  time.now += 11 * DAY
  await prune(db, clock, 10)
  const { results } = await db.prepare('SELECT call_id FROM direct_calls').all()
  expect(results).toEqual([{ call_id: 'new' }])
  expect(await reader.ofKey('t', 'k')).toMatchObject({ directIntents: 2 })
})
