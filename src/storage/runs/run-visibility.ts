/**
 * Makes a run public or private, with all consequences.
 * @module
 */
import type { Clock, RunVisibility } from '../../contracts/ports.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { IS_PUBLIC } from './conditions.ts'
import { deletePairs, insertLeaderboardRow } from './leaderboard-rows.ts'
import { addFreshJob } from './run-jobs.ts'

export function runVisibility(db: D1Database, clock: Clock): RunVisibility {
  return {
    async setVisibility(run, visibility, leaderboard) {
      const { reportDigest } = run
      const now = clock.now()
      const values = { tenant: run.tenant, run: run.id, visibility, reportDigest, now }
      // The status is one of four words in this code.
      const unchanged = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND status = '${run.status}')`
      const [changed] = await db.batch([
        statement(
          db,
          `UPDATE runs SET visibility = :visibility WHERE tenant_id = :tenant AND run_id = :run AND ${unchanged}`,
          values,
        ),
        statement(db, `DELETE FROM leaderboard_rows WHERE tenant_id = :tenant AND run_id = :run AND NOT ${IS_PUBLIC}`, values),
        deletePairs(db, values, `NOT ${IS_PUBLIC}`),
        ...(reportDigest === null
          ? []
          : [
              ...leaderboard.map((entry) =>
                insertLeaderboardRow(db, run, reportDigest, entry, `${unchanged} AND ${IS_PUBLIC}`, now),
              ),
              setReportVisibility(db, values),
              addFreshJob(db, 'publish_copy', values, unchanged, now),
              ...(leaderboard.some(({ notRanked }) => notRanked === null)
                ? [addFreshJob(db, 'rank', values, `${unchanged} AND ${IS_PUBLIC}`, now)]
                : []),
            ]),
      ])
      return changed!.meta.changes === 1
    },
  }
}

/** Runs with equal specifications share a report, which is public while one of them is. */
function setReportVisibility(db: D1Database, values: Readonly<Record<string, SqlValue>>): D1PreparedStatement {
  return statement(
    db,
    `UPDATE reports SET visibility = CASE WHEN EXISTS (SELECT 1 FROM runs
       WHERE tenant_id = :tenant AND report_digest = :reportDigest AND visibility = 'public') THEN 'public' ELSE 'private' END
     WHERE tenant_id = :tenant AND digest = :reportDigest`,
    values,
  )
}
