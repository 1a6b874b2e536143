/**
 * Ends shards. Each batch counts the change, makes it, records the run's activity, and adds the merge job
 * once no shard is open.
 * @module
 */
import type { Clock, ShardRecording } from '../../contracts/ports.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { hasCome } from '../set-back-clock.ts'
import { IN_PROGRESS, MAX_ERROR } from './conditions.ts'
import { countFailed, countRecorded, countSkipped } from './progress-counters.ts'
import { addMerge } from './run-jobs.ts'

type RunValues = Readonly<Record<string, SqlValue>> & {
  readonly tenant: string
  readonly run: string
  readonly now: number
}

const SHARD = `tenant_id = :tenant AND run_id = :run AND shard = :shard`
const FAIL = `UPDATE shards SET state = 'failed', error = :error, lease_token = NULL, lease_expires_at = NULL WHERE`

/** @param leaseMilliseconds - longest lease */
export function shardRecording(db: D1Database, clock: Clock, leaseMilliseconds: number): ShardRecording {
  /** @returns the number of shards that `change` changed */
  async function endShards(values: RunValues, count: D1PreparedStatement, change: D1PreparedStatement): Promise<number> {
    const [, changed] = await db.batch([count, change, noteTransition(db, values), addMerge(db, values, values.now)])
    return changed!.meta.changes
  }

  const fail = (values: RunValues, where: string) =>
    endShards(values, countFailed(db, values, where), statement(db, `${FAIL} ${where}`, values))

  return {
    async recordShard({ run: { tenant, id: run }, shard }, result) {
      const where = `${SHARD} AND state IN ('pending', 'leased') AND ${IN_PROGRESS}`
      const values = {
        tenant,
        run,
        shard,
        now: clock.now(),
        rows: result.rows,
        evidenceKey: result.evidenceKey,
        embeddingsKey: result.embeddingsKey,
        tally: JSON.stringify(result.tally),
      }
      const record = statement(
        db,
        `UPDATE shards SET state = 'recorded', rows = :rows, evidence_key = :evidenceKey, embeddings_key = :embeddingsKey,
           tally = :tally, recorded_at = :now, lease_token = NULL, lease_expires_at = NULL, error = NULL WHERE ${where}`,
        values,
      )
      return (await endShards(values, countRecorded(db, values, result.tally, where), record)) === 1
    },

    async failShard({ tenant, run, shard }, error) {
      // A live lease is left alone: its holder may still succeed.
      const where = `${SHARD} AND ${IN_PROGRESS}
        AND (state = 'pending' OR (state = 'leased' AND ${hasCome('lease_expires_at', ':now', leaseMilliseconds)}))`
      return (await fail({ tenant, run, shard, error: error.slice(0, MAX_ERROR), now: clock.now() }, where)) === 1
    },

    failPendingShards(tenant, run, error, which) {
      const where = `tenant_id = :tenant AND run_id = :run AND state = 'pending' AND attempts >= :attempts AND ${IN_PROGRESS}`
      const attempts = which === 'tried' ? 1 : 0
      return fail({ tenant, run, error: error.slice(0, MAX_ERROR), attempts, now: clock.now() }, where)
    },

    firstOpenOrdinal(tenant, run) {
      return statement(
        db,
        `SELECT MIN(first_ordinal) AS first FROM shards
         WHERE tenant_id = :tenant AND run_id = :run AND state IN ('pending', 'leased')`,
        { tenant, run },
      ).first<number>('first')
    },

    skipShardsFrom(tenant, run, ordinal) {
      const where = `tenant_id = :tenant AND run_id = :run AND first_ordinal >= :ordinal AND state IN ('pending', 'leased')
        AND ${IN_PROGRESS}`
      const values = { tenant, run, ordinal, now: clock.now() }
      const skip = `UPDATE shards SET state = 'skipped', lease_token = NULL, lease_expires_at = NULL WHERE ${where}`
      return endShards(values, countSkipped(db, values, where), statement(db, skip, values))
    },
  }
}

function noteTransition(db: D1Database, values: RunValues): D1PreparedStatement {
  return statement(
    db,
    `UPDATE runs SET transition_at = :now, resends = 0 WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress'`,
    values,
  )
}
