/**
 * The public leaderboard: ranked rows of each dataset version, metric and variant, best first, then the rows
 * that are not ranked.
 * @module
 */
import type { Leaderboard } from '../contracts/catalogue-ports.ts'
import type { LeaderboardView } from '../contracts/records.ts'
import { statement } from './named-statement.ts'

type LeaderboardRow = Omit<LeaderboardView, 'model' | 'subject' | 'rank'> & {
  readonly subject: string
  readonly subject_type: LeaderboardView['subject']['type']
}

/** The same expressions as in the indexes `leaderboard_order` and `leaderboard_order_of_metric`. */
const BEST_FIRST = `not_ranked IS NOT NULL, value IS NULL,
  (CASE direction WHEN 'higher_is_better' THEN -value ELSE value END), created_at, run_id`

export function createLeaderboard(db: D1Database): Leaderboard {
  return {
    async rows({ dataset, metric, limit }) {
      const conditions = [
        ...(dataset === undefined ? [] : ['dataset = :dataset']),
        ...(metric === undefined ? [] : ['metric = :metric']),
      ]
      const { results } = await statement(
        db,
        `SELECT dataset, dataset_digest, subject, subject_type, criterion, metric, variant, direction, value, low, high, level,
                method, n, errored, unscored, used, items, not_ranked, report_digest, run_id
         FROM leaderboard_rows ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
         ORDER BY dataset, dataset_digest, metric, variant, ${BEST_FIRST} LIMIT :limit`,
        { dataset: dataset ?? null, metric: metric ?? null, limit },
      ).all<LeaderboardRow>()
      return withRanks(results)
    },
  }
}

/** Ranks from 1 within each group. Equal values share a rank, and the next rank counts all of them. */
function withRanks(rows: readonly LeaderboardRow[]): LeaderboardView[] {
  let place = 0
  let rank = 0
  return rows.map((row, index) => {
    const before = index === 0 ? undefined : rows[index - 1]
    if (before === undefined || !sameGroup(before, row)) place = rank = 0
    place += 1
    if (place === 1 || before?.value !== row.value) rank = place
    const { subject: model, subject_type: type, ...view } = row
    return { ...view, model, subject: { type }, rank: row.not_ranked === null ? rank : null }
  })
}

const sameGroup = (a: LeaderboardRow, b: LeaderboardRow) =>
  a.dataset === b.dataset && a.dataset_digest === b.dataset_digest && a.metric === b.metric && a.variant === b.variant
