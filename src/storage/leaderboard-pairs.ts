/**
 * {@link LeaderboardPairs} over D1.
 * @module
 */
import type { LeaderboardPairs } from '../contracts/leaderboard-pairs.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'

interface PairRow {
  metric: string
  variant: string
  criterion: string
  other_tenant_id: string
  other_run_id: string
  other_criterion: string
}

/** Rows `o` that share a table with the row `r`, and cannot be told from it by their intervals. */
const OVERLAPS = `o.dataset = r.dataset AND o.metric = r.metric AND o.variant = r.variant AND o.dataset_digest = r.dataset_digest
  AND o.not_ranked IS NULL AND o.level = r.level AND o.low <= r.high AND o.high >= r.low
  AND NOT (o.tenant_id = r.tenant_id AND o.run_id = r.run_id)`

/** The order of the columns: own row, then other row, or the reverse. */
const tested = (own: 'c' | 'other', other: 'c' | 'other') => {
  const column = (side: 'c' | 'other', name: string) => (side === 'c' ? `c.${name}` : `c.other_${name}`)
  return `EXISTS (SELECT 1 FROM leaderboard_pairs p WHERE p.metric = c.metric
    AND p.tenant_id = ${column(own, 'tenant_id')} AND p.run_id = ${column(own, 'run_id')} AND p.criterion = ${column(own, 'criterion')}
    AND p.other_tenant_id = ${column(other, 'tenant_id')} AND p.other_run_id = ${column(other, 'run_id')}
    AND p.other_criterion = ${column(other, 'criterion')})`
}

export function createLeaderboardPairs(db: D1Database, clock: Clock): LeaderboardPairs {
  return {
    async next(tenant, run, most) {
      const row = await statement(
        db,
        `WITH c AS (
           SELECT r.tenant_id, r.run_id, r.criterion, r.metric, r.variant, o.tenant_id AS other_tenant_id,
                  o.run_id AS other_run_id, o.criterion AS other_criterion,
                  ROW_NUMBER() OVER (PARTITION BY r.criterion, r.metric
                                     ORDER BY ABS(o.value - r.value), o.created_at, o.run_id, o.criterion) AS place
           FROM leaderboard_rows r JOIN leaderboard_rows o ON ${OVERLAPS}
           WHERE r.tenant_id = :tenant AND r.run_id = :run AND r.not_ranked IS NULL)
         SELECT metric, variant, criterion, other_tenant_id, other_run_id, other_criterion FROM c
         WHERE place <= :most AND NOT ${tested('c', 'other')} AND NOT ${tested('other', 'c')}
         ORDER BY place, criterion, metric LIMIT 1`,
        { tenant, run, most },
      ).first<PairRow>()
      if (row === null) return null
      const { metric, variant, criterion } = row
      const other = { tenant: row.other_tenant_id, run: row.other_run_id, criterion: row.other_criterion }
      return { metric, variant, own: { tenant, run, criterion }, other }
    },

    async save({ metric, own, other }, p) {
      const values = {
        ...own,
        metric,
        otherTenant: other.tenant,
        otherRun: other.run,
        otherCriterion: other.criterion,
        p,
        now: clock.now(),
      }
      const isListed = (tenant: string, run: string) =>
        `EXISTS (SELECT 1 FROM leaderboard_rows WHERE tenant_id = ${tenant} AND run_id = ${run})`
      await db.batch([
        // Either run may have been taken down meanwhile.
        statement(
          db,
          `INSERT INTO leaderboard_pairs (tenant_id, run_id, criterion, metric, other_tenant_id, other_run_id, other_criterion,
                                          p, created_at)
           SELECT :tenant, :run, :criterion, :metric, :otherTenant, :otherRun, :otherCriterion, :p, :now
           WHERE ${isListed(':tenant', ':run')} AND ${isListed(':otherTenant', ':otherRun')} ON CONFLICT DO NOTHING`,
          values,
        ),
        statement(db, `UPDATE outbox SET claims = 0 WHERE tenant_id = :tenant AND job_id = 'rank:' || :run`, {
          tenant: own.tenant,
          run: own.run,
        }),
      ])
    },
  }
}
