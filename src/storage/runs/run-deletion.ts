/**
 * Deletes ended, private runs with everything that belongs to them alone.
 * @module
 */
import type { Clock, RunDeletion } from '../../contracts/ports.ts'
import { listAnswersOfRun } from '../answer-pruning.ts'
import { statement } from '../named-statement.ts'
import { deletePairs } from './leaderboard-rows.ts'
import { addFreshJob } from './run-jobs.ts'

/** Tables with rows of one run. Deliveries stay: a repeated delivery must not start the run again. */
const TABLES = [
  'shards',
  'run_progress',
  'leaderboard_rows',
  'endpoint_calls',
  'run_ledger',
  'submissions',
  'run_manifests',
  'recomputations',
  'run_events',
] as const

/** @param leaseMilliseconds - how long a consumer may go on before it learns that its run is gone */
export function runDeletion(db: D1Database, clock: Clock, leaseMilliseconds: number): RunDeletion {
  return {
    async deleteRun({ tenant, id: run, reportDigest }) {
      const values = { tenant, run, reportDigest, now: clock.now() }
      const gone = `NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run)`
      const [deleted] = await db.batch([
        statement(
          db,
          `DELETE FROM runs WHERE tenant_id = :tenant AND run_id = :run AND status <> 'in_progress' AND visibility = 'private'`,
          values,
        ),
        listAnswersOfRun(db, values, gone),
        ...TABLES.map((table) =>
          statement(db, `DELETE FROM ${table} WHERE tenant_id = :tenant AND run_id = :run AND ${gone}`, values),
        ),
        deletePairs(db, values, gone),
        addFreshJob(db, 'compact', values, gone, values.now, values.now + leaseMilliseconds),
        // Runs with equal specifications share a report.
        statement(
          db,
          `DELETE FROM reports WHERE tenant_id = :tenant AND digest = :reportDigest AND ${gone}
             AND NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND report_digest = :reportDigest)`,
          values,
        ),
      ])
      return deleted!.meta.changes === 1
    },
  }
}
