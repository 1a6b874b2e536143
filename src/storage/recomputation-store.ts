/**
 * {@link RecomputationStore} over D1.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'
import type { Recomputation, RecomputationRecord, RecomputationStore } from '../contracts/recomputation.ts'
import { statement } from './named-statement.ts'
import { MAX_ERROR } from './runs/conditions.ts'

interface Row {
  state: RecomputationRecord['state']
  result: string | null
  error: string | null
  requested_at: number
  ended_at: number | null
}

const EXISTS = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run)`

export function createRecomputationStore(db: D1Database, clock: Clock): RecomputationStore {
  return {
    async find(tenant, run) {
      const row = await statement(db, `SELECT * FROM recomputations WHERE tenant_id = :tenant AND run_id = :run`, {
        tenant,
        run,
      }).first<Row>()
      return row && recordOf(row)
    },

    async request(tenant, run) {
      const values = { tenant, run, now: clock.now() }
      await db.batch([
        statement(
          db,
          `INSERT INTO recomputations (tenant_id, run_id, state, requested_at)
           SELECT :tenant, :run, 'in_progress', :now WHERE ${EXISTS}
           ON CONFLICT (tenant_id, run_id) DO UPDATE
             SET state = 'in_progress', result = NULL, error = NULL, requested_at = :now, ended_at = NULL
             WHERE state <> 'in_progress'`,
          values,
        ),
        // A pending job of an earlier request will do.
        statement(
          db,
          `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
           SELECT :tenant, 'recompute:' || :run, 'recompute', 'run', :run, '{}', 'pending', :now, :now WHERE ${EXISTS}
           ON CONFLICT (tenant_id, job_id) DO UPDATE
             SET state = 'pending', due_at = :now, created_at = :now, sent_at = NULL, attempts = 0, claims = 0,
                 lease_token = NULL, lease_expires_at = NULL, last_error = NULL
             WHERE state <> 'pending'`,
          values,
        ),
      ])
    },

    async finish(tenant, run, { digest, publishedDigest, agrees, rowsAgree }) {
      const result: Recomputation = { digest, publishedDigest, agrees, rowsAgree }
      await statement(
        db,
        `INSERT INTO recomputations (tenant_id, run_id, state, result, requested_at, ended_at)
         SELECT :tenant, :run, 'completed', :result, :now, :now WHERE ${EXISTS}
         ON CONFLICT (tenant_id, run_id) DO UPDATE SET state = 'completed', result = :result, error = NULL, ended_at = :now,
           requested_at = CASE state WHEN 'in_progress' THEN requested_at ELSE :now END`,
        { tenant, run, result: JSON.stringify(result), now: clock.now() },
      ).run()
    },

    async fail(tenant, run, error) {
      await statement(
        db,
        `UPDATE recomputations SET state = 'failed', error = :error, ended_at = :now
         WHERE tenant_id = :tenant AND run_id = :run AND state = 'in_progress'`,
        { tenant, run, error: error.slice(0, MAX_ERROR), now: clock.now() },
      ).run()
    },
  }
}

function recordOf({ state, result, error, requested_at: requestedAt, ended_at: endedAt }: Row): RecomputationRecord {
  return { state, result: result === null ? null : (JSON.parse(result) as Recomputation), error, requestedAt, endedAt }
}
