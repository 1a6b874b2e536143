/**
 * {@link SweepLedger} over D1: the only queries that look across tenants.
 * @module
 */
import type { Clock, SweepLedger } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'

export function createSweepLedger(db: D1Database, clock: Clock): SweepLedger {
  return {
    async releaseExpiredLeases() {
      // sent_at goes too: the message that carried the lease is spent, so fan-out owes another.
      const { meta } = await db
        .prepare(
          `UPDATE shards SET state = 'pending', sent_at = NULL, lease_token = NULL, lease_expires_at = NULL WHERE state = 'leased' AND lease_expires_at <= ?1`,
        )
        .bind(clock.now())
        .run()
      return meta.changes
    },

    async runsWithUnsentShards(limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, run_id, queue FROM runs WHERE status = 'in_progress' AND EXISTS (
             SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state = 'pending' AND sent_at IS NULL)
           ORDER BY transition_at LIMIT ?1`,
        )
        .bind(limit)
        .all<{ tenant_id: string; run_id: string; queue: WorkQueue }>()
      return results.map((row) => ({ tenant: row.tenant_id, runId: row.run_id, queue: row.queue }))
    },

    async stalledRuns(before, limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, run_id, queue, resends, transition_at FROM runs WHERE status = 'in_progress' AND transition_at <= ?1 AND EXISTS (
             SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND state = 'pending')
           ORDER BY transition_at LIMIT ?2`,
        )
        .bind(before, limit)
        .all<{ tenant_id: string; run_id: string; queue: WorkQueue; resends: number; transition_at: number }>()
      return results.map((row) => ({
        tenant: row.tenant_id,
        runId: row.run_id,
        queue: row.queue,
        resends: row.resends,
        transitionAt: row.transition_at,
      }))
    },

    async openShards(tenant, runId, limit) {
      const { results } = await db
        .prepare(`SELECT shard FROM shards WHERE tenant_id = ?1 AND run_id = ?2 AND state = 'pending' ORDER BY shard LIMIT ?3`)
        .bind(tenant, runId, limit)
        .all<{ shard: number }>()
      return results.map(({ shard }) => shard)
    },

    async noteResend(tenant, runId) {
      await db.prepare(`UPDATE runs SET resends = resends + 1 WHERE tenant_id = ?1 AND run_id = ?2`).bind(tenant, runId).run()
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
  }
}
