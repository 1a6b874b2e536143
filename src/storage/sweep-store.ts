/**
 * {@link SweepStore} over D1: the only queries that look across tenants.
 * @module
 */
import type { Clock, ShardReference, SweepStore } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'
import { KEY_MILLISECONDS } from './idempotency-store.ts'
import { CLOCK_SLACK, hasCome, isAhead } from './set-back-clock.ts'
import { isUnsent, WAVE_END } from './run-store.ts'

const DAY = 24 * 60 * 60 * 1000
/** A job that is done is asked after no more; this long somebody may want to see that it was. */
const DONE_JOB_MILLISECONDS = 7 * DAY
/** A dead one holds the last error. */
const DEAD_JOB_MILLISECONDS = 30 * DAY
/**
 * How long a delivery under Standard Webhooks is recognised: its sender repeats it for days at most, and a stranger's copy is refused by its
 * timestamp after minutes (`webhooks/standard-webhook.ts`). GitHub signs no time, so a copy of its delivery is as good as new for ever: those
 * are kept for as long as their trigger.
 */
const DELIVERY_MILLISECONDS = 30 * DAY

/** @param leaseMilliseconds - of a shard: none ends later than this from now. */
export function createSweepStore(db: D1Database, clock: Clock, leaseMilliseconds: number): SweepStore {
  const leaseIsOver = hasCome('lease_expires_at', 1, leaseMilliseconds)

  return {
    async releaseExpiredLeases(maxAttempts) {
      // sent_at goes too: the message that carried the lease is spent, so fan-out owes another.
      const { meta } = await db
        .prepare(
          `UPDATE shards SET state = 'pending', sent_at = NULL, lease_token = NULL, lease_expires_at = NULL
           WHERE state = 'leased' AND ${leaseIsOver} AND attempts < ?2`,
        )
        .bind(clock.now(), maxAttempts)
        .run()
      return meta.changes
    },

    async exhaustedShards(maxAttempts, limit) {
      const { results } = await db
        .prepare(
          `SELECT run_id AS run, shard FROM shards WHERE state = 'leased' AND ${leaseIsOver} AND attempts >= ?2
             AND EXISTS (SELECT 1 FROM runs WHERE runs.tenant_id = shards.tenant_id AND runs.run_id = shards.run_id AND status = 'in_progress')
           LIMIT ?3`,
        )
        .bind(clock.now(), maxAttempts, limit)
        .all<ShardReference>()
      return results
    },

    async runsWithUnsentShards(limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, run_id, queue FROM runs WHERE status = 'in_progress' AND EXISTS (
             SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state = 'pending' AND ${isUnsent(2)}
               AND first_ordinal < ${WAVE_END})
           ORDER BY transition_at LIMIT ?1`,
        )
        .bind(limit, clock.now())
        .all<{ tenant_id: string; run_id: string; queue: WorkQueue }>()
      return results.map((row) => ({ tenant: row.tenant_id, runId: row.run_id, queue: row.queue }))
    },

    async stalledRuns(stallMilliseconds, mostDoublings, limit) {
      const now = clock.now()
      const { results } = await db
        .prepare(
          `SELECT tenant_id, run_id, queue, resends,
                  EXISTS (SELECT 1 FROM runs AS others WHERE others.status = 'in_progress' AND others.queue = runs.queue
                            AND others.transition_at > ?1 - ?2 AND others.transition_at <= ?1 + ${CLOCK_SLACK}) AS queue_alive,
                  EXISTS (SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state = 'pending'
                            AND attempts > 0) AS tried
           FROM runs WHERE status = 'in_progress' AND (transition_at <= ?1 - ?2 * (1 << MIN(resends, ?4)) OR ${isAhead('transition_at', 1)})
             AND EXISTS (SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state = 'pending'
                           AND sent_at IS NOT NULL)
           ORDER BY transition_at LIMIT ?3`,
        )
        .bind(now, stallMilliseconds, limit, mostDoublings)
        .all<{ tenant_id: string; run_id: string; queue: WorkQueue; resends: number; queue_alive: number; tried: number }>()
      return results.map((row) => ({
        tenant: row.tenant_id,
        runId: row.run_id,
        queue: row.queue,
        resends: row.resends,
        queueAlive: row.queue_alive === 1,
        tried: row.tried === 1,
      }))
    },

    async oweResend(tenant, runId) {
      await db.batch([
        db
          .prepare(`UPDATE shards SET sent_at = NULL WHERE tenant_id = ?1 AND run_id = ?2 AND state = 'pending'`)
          .bind(tenant, runId),
        // A sign of life from the future is none; the waits of the resends count from now.
        db
          .prepare(
            `UPDATE runs SET resends = resends + 1, transition_at = MIN(transition_at, ?3) WHERE tenant_id = ?1 AND run_id = ?2`,
          )
          .bind(tenant, runId, clock.now()),
      ])
    },

    async runsBetweenWaves(stallMilliseconds, limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, run_id, transition_at <= ?1 - ?2 OR ${isAhead('transition_at', 1)} AS stalled FROM runs WHERE status = 'in_progress' AND send_before IS NOT NULL
             AND EXISTS (SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state = 'pending'
                           AND first_ordinal >= send_before)
             AND NOT EXISTS (SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id
                               AND state IN ('pending', 'leased') AND first_ordinal < send_before)
           ORDER BY transition_at LIMIT ?3`,
        )
        .bind(clock.now(), stallMilliseconds, limit)
        .all<{ tenant_id: string; run_id: string; stalled: number }>()
      return results.map((row) => ({ tenant: row.tenant_id, runId: row.run_id, stalled: row.stalled === 1 }))
    },

    async oweMissingMerges() {
      const { results } = await db
        .prepare(
          `INSERT INTO outbox (tenant_id, job_id, kind, run_id, payload, state, due_at, created_at)
           SELECT tenant_id, 'merge:' || run_id, 'merge', run_id, '{}', 'pending', ?1, ?1 FROM runs
           WHERE status = 'in_progress' AND NOT EXISTS (
             SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state IN ('pending', 'leased'))
           ON CONFLICT DO NOTHING RETURNING job_id`,
        )
        .bind(clock.now())
        .all<{ job_id: string }>()
      return results.map(({ job_id }) => job_id)
    },

    async prune(limit) {
      const now = clock.now()
      const remove = (table: string, rowids: string, age: number) =>
        db.prepare(`DELETE FROM ${table} WHERE rowid IN (${rowids} LIMIT ?2)`).bind(now - age, limit)
      const endedJobs = (state: 'done' | 'dead') =>
        `SELECT rowid FROM outbox WHERE state = '${state}' AND due_at <= ?1 ORDER BY due_at`
      const results = await db.batch([
        remove('outbox', endedJobs('done'), DONE_JOB_MILLISECONDS),
        remove('outbox', endedJobs('dead'), DEAD_JOB_MILLISECONDS),
        // CROSS JOIN: from the few triggers to the oldest of each one's deliveries, never through all that are kept.
        remove(
          'trigger_deliveries',
          `SELECT d.rowid FROM triggers AS t CROSS JOIN trigger_deliveries AS d ON d.tenant_id = t.tenant_id AND d.trigger_id = t.trigger_id
           WHERE t.scheme = 'standard_webhooks' AND d.created_at <= ?1`,
          DELIVERY_MILLISECONDS,
        ),
        remove(
          'idempotency_keys',
          `SELECT rowid FROM idempotency_keys WHERE created_at <= ?1 ORDER BY created_at`,
          KEY_MILLISECONDS,
        ),
      ])
      return results.reduce((sum, { meta }) => sum + meta.changes, 0)
    },
  }
}
