/**
 * Shard rows as the outbox of fan-out: shards that may be sent, and shards that were.
 * @module
 */
import type { Clock, ShardSending } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { isAhead } from '../set-back-clock.ts'
import { IS_OPEN, isNotPaused, isUnsent, isWaiting, SEND_LIMIT } from './conditions.ts'

/** For a shard beside a `runs` row: it belongs to that run. */
const OF_RUN = 'shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id'

/** Requests at once that the endpoint of a run takes; null where its items do not wait for one. */
const CONCURRENCY = `SELECT concurrency FROM endpoints AS e WHERE e.tenant_id = sending.tenant_id
  AND e.name = sending.spec ->> '$.subject.endpoint' AND e.kind IN ('chat', 'embeddings')`

export function shardSending(db: D1Database, clock: Clock): ShardSending {
  return {
    async sendingRuns(queue, perTenant) {
      const { results } = await statement(
        db,
        `SELECT tenant_id, run_id, in_flight, is_waiting, (${CONCURRENCY}) AS concurrency FROM (
           SELECT *, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY in_flight = 0, transition_at, run_id) AS place FROM (
             SELECT tenant_id, run_id, transition_at, spec,
               (SELECT COUNT(*) FROM shards INDEXED BY shards_in_flight WHERE ${OF_RUN} AND sent_at IS NOT NULL AND ${IS_OPEN}
                  AND NOT ${isAhead('sent_at', ':now')}) AS in_flight,
               ${isNotPaused(':now')} AND (
                 EXISTS (SELECT 1 FROM shards INDEXED BY shards_unsent WHERE ${OF_RUN} AND sent_at IS NULL
                           AND state IN ('pending', 'submitted') AND ${isWaiting(':now')} AND first_ordinal < ${SEND_LIMIT})
                 OR EXISTS (SELECT 1 FROM shards INDEXED BY shards_in_flight WHERE ${OF_RUN} AND sent_at IS NOT NULL AND ${IS_OPEN}
                              AND ${isAhead('sent_at', ':now')} AND ${isWaiting(':now')} AND first_ordinal < ${SEND_LIMIT})
               ) AS is_waiting
             FROM runs WHERE status = 'in_progress' AND queue = :queue)
           WHERE in_flight > 0 OR is_waiting) AS sending
         WHERE place <= :perTenant ORDER BY transition_at, run_id`,
        { queue, perTenant, now: clock.now() },
      ).all<{ tenant_id: string; run_id: string; in_flight: number; is_waiting: number; concurrency: number | null }>()
      return results.map((row) => ({
        tenant: row.tenant_id,
        runId: row.run_id,
        inFlight: row.in_flight,
        isWaiting: row.is_waiting === 1,
        concurrency: row.concurrency,
      }))
    },

    async unsentShards(tenant, run, limit) {
      const { results } = await statement(
        db,
        `SELECT shard FROM shards WHERE tenant_id = :tenant AND run_id = :run AND ${isWaiting(':now')} AND ${isUnsent(':now')}
           AND first_ordinal < (SELECT ${SEND_LIMIT} FROM runs WHERE tenant_id = :tenant AND run_id = :run AND ${isNotPaused(':now')})
         ORDER BY shard LIMIT :limit`,
        { tenant, run, limit, now: clock.now() },
      ).all<{ shard: number }>()
      return results.map(({ shard }) => shard)
    },

    async markSent(tenant, run, shards) {
      await statement(
        db,
        `UPDATE shards SET sent_at = :now
         WHERE tenant_id = :tenant AND run_id = :run AND shard IN (SELECT value FROM json_each(:shards))`,
        { tenant, run, shards: JSON.stringify(shards), now: clock.now() },
      ).run()
    },

    async raiseSendLimit(tenant, run, ordinal) {
      await statement(
        db,
        `UPDATE runs SET send_limit = :ordinal
         WHERE tenant_id = :tenant AND run_id = :run AND send_limit < :ordinal AND status = 'in_progress'`,
        { tenant, run, ordinal },
      ).run()
    },
  }
}
