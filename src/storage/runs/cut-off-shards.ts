/**
 * Shards that have no rows when their run ends, and the answers that were paid for them.
 * @module
 */
import type { CutOffShards } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'

const OF_RUN = 'tenant_id = :tenant AND run_id = :run'
/** The run has ended, and the shard is neither recorded nor skipped. */
const IS_CUT_OFF = `state NOT IN ('recorded', 'skipped') AND evidence_key IS NULL
  AND EXISTS (SELECT 1 FROM runs WHERE ${OF_RUN} AND status <> 'in_progress')`

export function cutOffShards(db: D1Database): CutOffShards {
  return {
    async cutOffShards(tenant, run, limit) {
      // A shard that was put back, or submitted, counts no attempt.
      const { results } = await statement(
        db,
        `SELECT shard, first_ordinal AS first, end_ordinal AS end, IIF(state = 'failed', error, NULL) AS failure FROM shards
         WHERE ${OF_RUN} AND ${IS_CUT_OFF} AND (attempts > 0 OR error IS NOT NULL OR state = 'submitted' OR EXISTS (
           SELECT 1 FROM submissions s WHERE s.tenant_id = :tenant AND s.run_id = :run AND s.shard = shards.shard))
         ORDER BY first_ordinal LIMIT :limit`,
        { tenant, run, limit },
      ).all<{ shard: number; first: number; end: number; failure: string | null }>()
      return results
    },

    async paidItems(tenant, run, items) {
      const { results } = await statement(
        db,
        `SELECT DISTINCT item_id AS item FROM endpoint_calls
         WHERE ${OF_RUN} AND outcome = 'answered' AND item_id IN (SELECT value FROM json_each(:items))`,
        { tenant, run, items: JSON.stringify(items) },
      ).all<{ item: string }>()
      return new Set(results.map(({ item }) => item))
    },

    async keepEvidence(tenant, run, shard, evidenceKey) {
      await statement(db, `UPDATE shards SET evidence_key = :evidenceKey WHERE ${OF_RUN} AND shard = :shard AND ${IS_CUT_OFF}`, {
        tenant,
        run,
        shard,
        evidenceKey,
      }).run()
    },
  }
}
