/** The visitors' daily budget: shared by all, with a limit per network. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDailyUsage } from '../../../src/storage/daily-usage.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

const BUDGET = { all: 10, network: 4 }
const DAY = 86_400_000

function lab() {
  const { db, sqlite } = sqliteD1()
  const clock = { time: 5 * DAY }
  const usage = createDailyUsage(db, { now: () => clock.time })
  const rows = () =>
    sqlite.prepare(`SELECT tenant_id, used FROM daily_usage ORDER BY tenant_id`).all() as { tenant_id: string; used: number }[]
  return { clock, rows, take: (network: string, amount: number) => usage.take('anonymous', network, amount, BUDGET) }
}

test('one network has its share, and the next has what is left', async () => {
  const { take } = lab()
  expect(await take('a', 5)).toEqual({ taken: false, spent: 'network', left: 4 })
  expect(await take('a', 4)).toEqual({ taken: true })
  expect(await take('a', 1)).toEqual({ taken: false, spent: 'network', left: 0 })
  expect(await take('b', 4)).toEqual({ taken: true })
  expect(await take('c', 3)).toEqual({ taken: false, spent: 'all', left: 2 })
  expect(await take('c', 2)).toEqual({ taken: true })
  expect(await take('d', 1)).toEqual({ taken: false, spent: 'all', left: 0 })
})

test('a new day is a new budget, and no address outlives its own', async () => {
  const { take, clock, rows } = lab()
  await take('192.0.2.1', 4)
  clock.time += DAY
  expect(await take('192.0.2.1', 4)).toEqual({ taken: true })
  expect(rows().map(({ used }) => used)).toEqual([4, 4, 4])
  expect(JSON.stringify(rows())).not.toContain('192.0.2.1')
})

test('whatever comes, what was taken adds up and no limit is passed', async () => {
  const requests = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 6 })), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(requests, async (asked) => {
      const { take } = lab()
      const spent = new Map<string, number>()
      let all = 0
      for (const [network, amount] of asked) {
        const before = spent.get(network) ?? 0
        const fits = before + amount <= BUDGET.network && all + amount <= BUDGET.all
        expect((await take(network, amount)).taken).toBe(fits)
        if (!fits) continue
        spent.set(network, before + amount)
        all += amount
      }
    }),
    { numRuns: 30 },
  )
})
