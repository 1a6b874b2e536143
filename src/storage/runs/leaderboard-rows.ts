/**
 * Leaderboard rows, copied from a report in the transaction that publishes it.
 * @module
 */
import type { LeaderboardEntry } from '../../contracts/ports.ts'
import type { RunRecord } from '../../contracts/run.ts'
import { statement } from '../named-statement.ts'

/** @param condition - SQL on the run, `:tenant` and `:run` */
export function insertLeaderboardRow(
  db: D1Database,
  run: RunRecord,
  reportDigest: string,
  { value, ...entry }: LeaderboardEntry,
  condition: string,
  now: number,
): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO leaderboard_rows (tenant_id, run_id, criterion, dataset, dataset_digest, subject, metric, variant, direction,
                                   value, low, high, level, method, n, errored, unscored, report_digest, created_at,
                                   subject_type, used, items, not_ranked)
     SELECT :tenant, :run, :criterion, :dataset, :datasetDigest, :subject, :metric, :variant, :direction,
            :value, :low, :high, :level, :method, :n, :errored, :unscored, :reportDigest, :now,
            :subjectType, :used, :items, :notRanked
     WHERE ${condition} ON CONFLICT DO NOTHING`,
    {
      ...entry,
      tenant: run.tenant,
      run: run.id,
      datasetDigest: run.spec.dataset.digest,
      metric: value.metric,
      variant: value.variant,
      direction: value.direction,
      value: value.value,
      low: value.interval?.low ?? null,
      high: value.interval?.high ?? null,
      level: value.interval?.level ?? null,
      method: value.interval?.method ?? null,
      n: value.n,
      errored: value.errored,
      unscored: value.unscored,
      reportDigest,
      now,
    },
  )
}

/** Deletes the paired tests of a run's rows. @param condition - SQL on `:tenant` and `:run` */
export function deletePairs(
  db: D1Database,
  values: { readonly tenant: string; readonly run: string },
  condition: string,
): D1PreparedStatement {
  return statement(
    db,
    `DELETE FROM leaderboard_pairs WHERE ${condition}
       AND ((tenant_id = :tenant AND run_id = :run) OR (other_tenant_id = :tenant AND other_run_id = :run))`,
    { tenant: values.tenant, run: values.run },
  )
}
