/**
 * Deletes rows that no request or repetition can refer to any more.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'
import { KEY_MILLISECONDS } from './idempotency-store.ts'
import { statement } from './named-statement.ts'

const DAY = 24 * 60 * 60 * 1000
/** A finished job is kept this long for inspection. */
const DONE_JOB_MILLISECONDS = 7 * DAY
/** A dead job keeps its last error. */
const DEAD_JOB_MILLISECONDS = 30 * DAY
/**
 * How long a Standard Webhooks delivery is recognised. Its sender repeats it for days at most, and a captured
 * copy is refused by its timestamp after minutes (`webhooks/standard-webhook.ts`). GitHub signs no time, so
 * its deliveries are kept as long as their trigger.
 */
const DELIVERY_MILLISECONDS = 30 * DAY

/** A call outside runs is kept this long for inspection. Its sums stay in the ledger. */
const DIRECT_CALL_MILLISECONDS = 30 * DAY

/** Events of ended runs, but for the last, which says how the run ended. */
const EVENT_MILLISECONDS = 7 * DAY

/**
 * Deletes ended jobs, old deliveries, events of ended runs, old calls outside runs, expired chat completions
 * and expired idempotency keys.
 * @param limit - rows per kind
 * @returns the number of rows deleted
 */
export async function prune(db: D1Database, clock: Clock, limit: number): Promise<number> {
  const now = clock.now()
  const remove = (table: string, rowids: string, age: number) =>
    statement(db, `DELETE FROM ${table} WHERE rowid IN (${rowids} LIMIT :limit)`, { until: now - age, limit })
  const endedJobs = (state: 'done' | 'dead') =>
    `SELECT rowid FROM outbox WHERE state = '${state}' AND due_at <= :until ORDER BY due_at`
  const results = await db.batch([
    remove('outbox', endedJobs('done'), DONE_JOB_MILLISECONDS),
    remove('outbox', endedJobs('dead'), DEAD_JOB_MILLISECONDS),
    // CROSS JOIN: from the few triggers to each one's oldest deliveries, never through all deliveries.
    remove(
      'trigger_deliveries',
      `SELECT d.rowid FROM triggers AS t CROSS JOIN trigger_deliveries AS d
         ON d.tenant_id = t.tenant_id AND d.trigger_id = t.trigger_id
       WHERE t.scheme = 'standard_webhooks' AND d.created_at <= :until`,
      DELIVERY_MILLISECONDS,
    ),
    remove(
      'run_events',
      `SELECT e.rowid FROM run_events AS e WHERE e.type <> 'run.ended' AND e.created_at <= :until
         AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.tenant_id = e.tenant_id AND runs.run_id = e.run_id AND status = 'in_progress')
       ORDER BY e.created_at`,
      EVENT_MILLISECONDS,
    ),
    statement(
      db,
      `DELETE FROM direct_calls WHERE (tenant_id, call_id) IN
         (SELECT tenant_id, call_id FROM direct_calls WHERE begun_at <= :until ORDER BY begun_at LIMIT :limit)`,
      { until: now - DIRECT_CALL_MILLISECONDS, limit },
    ),
    statement(
      db,
      `DELETE FROM stored_completions WHERE rowid IN
         (SELECT rowid FROM stored_completions WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)`,
      { now, limit },
    ),
    remove(
      'idempotency_keys',
      `SELECT rowid FROM idempotency_keys WHERE created_at <= :until ORDER BY created_at`,
      KEY_MILLISECONDS,
    ),
  ])
  return results.reduce((sum, { meta }) => sum + meta.changes, 0)
}
