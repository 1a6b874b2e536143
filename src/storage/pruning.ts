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

/**
 * Deletes ended jobs, old deliveries and expired idempotency keys. @param limit - rows per kind. @returns the
 * number of rows deleted
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
      'idempotency_keys',
      `SELECT rowid FROM idempotency_keys WHERE created_at <= :until ORDER BY created_at`,
      KEY_MILLISECONDS,
    ),
  ])
  return results.reduce((sum, { meta }) => sum + meta.changes, 0)
}
