/**
 * The public leaderboard: rows of each dataset version, metric and variant, best first, then the rows that
 * are not ranked.
 * @module
 */
import type { Leaderboard, ListedRow, PairedTest } from '../contracts/catalogue-ports.ts'
import type { LeaderboardView } from '../contracts/records.ts'
import { statement } from './named-statement.ts'

type LeaderboardRow = Omit<ListedRow, 'tenant' | 'model' | 'subject'> & {
  readonly tenant_id: string
  readonly subject: string
  readonly subject_type: LeaderboardView['subject']['type']
}

interface PairRow {
  tenant_id: string
  run_id: string
  criterion: string
  metric: string
  other_tenant_id: string
  other_run_id: string
  other_criterion: string
  p: number
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
        `SELECT tenant_id, dataset, dataset_digest, subject, subject_type, criterion, metric, variant, direction, value, low, high,
                level, method, n, errored, unscored, used, items, not_ranked, report_digest, run_id
         FROM leaderboard_rows ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
         ORDER BY dataset, dataset_digest, metric, variant, ${BEST_FIRST} LIMIT :limit`,
        { dataset: dataset ?? null, metric: metric ?? null, limit },
      ).all<LeaderboardRow>()
      return oncePerReport(results).map(({ tenant_id: tenant, subject: model, subject_type: type, ...row }) => ({
        ...row,
        tenant,
        model,
        subject: { type },
      }))
    },

    async tests(rows) {
      const runs = [...new Set(rows.map(({ tenant, run_id: run }) => JSON.stringify([tenant, run])))]
      const { results } = await statement(
        db,
        `SELECT p.* FROM json_each(:runs) r
         JOIN leaderboard_pairs p ON p.tenant_id = r.value ->> 0 AND p.run_id = r.value ->> 1 WHERE p.p IS NOT NULL`,
        { runs: `[${runs.join(',')}]` },
      ).all<PairRow>()
      return results.map((row): PairedTest => ({
        metric: row.metric,
        own: { tenant: row.tenant_id, run: row.run_id, criterion: row.criterion },
        other: { tenant: row.other_tenant_id, run: row.other_run_id, criterion: row.other_criterion },
        p: row.p,
      }))
    },
  }
}

/** A run made again has the same report. Its rows would be counted as better ones a second time. */
function oncePerReport(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const { tenant_id, report_digest, dataset, subject, criterion, metric, variant } = row
    const key = JSON.stringify([tenant_id, report_digest, dataset, subject, criterion, metric, variant])
    return !seen.has(key) && seen.add(key)
  })
}
