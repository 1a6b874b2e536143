/**
 * Shard rows as the outbox of fan-out: shards that may be sent, and shards that were.
 * @module
 */
import type { Clock, ShardSending } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { isNotPaused, isUnsent, SEND_LIMIT } from './conditions.ts'

export function shardSending(db: D1Database, clock: Clock): ShardSending {
  return {
    async shardsInFlight(tenant, run) {
      const count = await statement(
        db,
        `SELECT COUNT(*) AS count FROM shards INDEXED BY shards_in_flight
         WHERE tenant_id = :tenant AND run_id = :run AND sent_at IS NOT NULL AND state IN ('pending', 'leased')`,
        { tenant, run },
      ).first<number>('count')
      return count ?? 0
    },

    async unsentShards(tenant, run, limit) {
      const { results } = await statement(
        db,
        `SELECT shard FROM shards WHERE tenant_id = :tenant AND run_id = :run AND state = 'pending' AND ${isUnsent(':now')}
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
