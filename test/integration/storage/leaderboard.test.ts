/** Ranks by significance: rows that cannot be told apart share one, and no level buys a better one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rankRows } from '../../../src/comparisons/leaderboard-ranks.ts'
import { createLeaderboard } from '../../../src/storage/leaderboard.ts'
import { sqliteD1 } from '../../support/sqlite-d1.ts'

interface Row {
  readonly value: number | null
  readonly low?: number | null
  readonly high?: number | null
  readonly level?: number
  readonly direction?: string
  readonly notRanked?: string
  readonly metric?: string
  /** The row whose run this is again: same subject, same report. */
  readonly again?: number
}

async function ranksOf(rows: readonly Row[], limit = 500): Promise<[string, number | null][]> {
  const { db, sqlite } = sqliteD1()
  const insert =
    sqlite.prepare(`INSERT INTO leaderboard_rows (tenant_id, run_id, criterion, dataset, dataset_digest, subject, metric,
    variant, direction, value, low, high, level, method, n, errored, unscored, report_digest, created_at, subject_type, used, items,
    not_ranked) VALUES ('t', ?, 'c', 'd', 'd', ?, ?, 'v', ?, ?, ?, ?, ?, 'm', 9, 0, 0, 'r', 1, 'results', 9, 9, ?)`)
  rows.forEach(
    (
      { value, low = null, high = null, level = 0.95, direction = 'higher_is_better', notRanked = null, metric = 'm', again },
      index,
    ) =>
      insert.run(
        `run ${index}`,
        String.fromCodePoint(97 + (again ?? index)),
        metric,
        direction,
        value,
        low,
        high,
        level,
        notRanked,
      ),
  )
  const found = await createLeaderboard(db).rows({ limit })
  return rankRows(found, []).map(({ model, rank }) => [model, rank])
}

const around = (value: number, half: number, more: Partial<Row> = {}): Row => ({
  value,
  low: value - half,
  high: value + half,
  ...more,
})

describe('ranks', () => {
  test('count the rows that are significantly better', async () => {
    const rows = [around(0.9, 0.02), around(0.88, 0.02), around(0.8, 0.02), around(0.79, 0.03), around(0.5, 0.1)]
    expect(await ranksOf(rows)).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 3],
      ['d', 3],
      ['e', 5],
    ])
  })

  test('are not pushed down by the same run made twice: rows of one report are one row, the oldest', async () => {
    const better = around(0.9, 0.02)
    const rows = [better, { ...better, again: 0 }, { ...better, again: 0 }, around(0.5, 0.1)]
    expect(await ranksOf(rows)).toEqual([
      ['a', 1],
      ['d', 2],
    ])
  })

  test('of metrics where less is better go the other way', async () => {
    const less = { direction: 'lower_is_better' }
    expect(await ranksOf([around(9, 1, less), around(2, 1, less), around(3, 1, less)])).toEqual([
      ['b', 1],
      ['c', 1],
      ['a', 3],
    ])
  })

  test('a wide interval does not hide behind a narrow one: the better rank comes first', async () => {
    const rows = [around(0.95, 0.01), around(0.9, 0.01), around(0.89, 0.1)]
    expect(await ranksOf(rows)).toEqual([
      ['a', 1],
      ['c', 1],
      ['b', 2],
    ])
  })

  test('another level, or no interval, is better than nobody and ties only by its value', async () => {
    const rows = [around(0.9, 0.05), around(0.89, 0.001, { level: 0.5 }), around(0.7, 0.3, { level: 0.999 }), { value: 0.86 }]
    expect(await ranksOf(rows)).toEqual([
      ['a', 1],
      ['b', 1],
      ['d', 1],
      ['c', 2],
    ])
  })

  test('rows that are not ranked follow, and push nobody down; groups have ranks of their own', async () => {
    const rows = [
      around(0.99, 0.001, { notRanked: 'limit' }),
      around(0.5, 0.01),
      { value: null, notRanked: 'no_value' },
      around(0.4, 0.01, { metric: 'z' }),
    ]
    expect(await ranksOf(rows)).toEqual([
      ['b', 1],
      ['a', null],
      ['c', null],
      ['d', 1],
    ])
  })

  test('are the same in a list that is cut short', async () => {
    const half = fc.integer({ min: 0, max: 30 })
    const row = fc.tuple(fc.integer({ min: 0, max: 100 }), half).map(([value, width]) => around(value, width))
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 12 }), async (rows, limit) => {
        const whole = new Map(await ranksOf(rows))
        for (const [model, rank] of await ranksOf(rows, limit)) expect(whole.get(model)).toBe(rank)
        expect(Math.min(...[...whole.values()].map((rank) => rank!))).toBe(1)
      }),
      { numRuns: 20 },
    )
  })
})
