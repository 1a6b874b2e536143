/**
 * Ends shards. Each batch counts the change, adds its event, makes it, records the run's activity, and
 * adds the merge job once no shard is open.
 * @module
 */
import type { Clock, ShardRecording } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { hasCome } from '../set-back-clock.ts'
import { IN_PROGRESS, IS_OPEN, MAX_ERROR } from './conditions.ts'
import { countCut, countFailed, countRecorded, countSkipped } from './progress-counters.ts'
import { type EventValues, logEvent, progressEvent } from './run-events.ts'
import { addMerge } from './run-jobs.ts'

const SHARD = `tenant_id = :tenant AND run_id = :run AND shard = :shard`
const FAIL = `UPDATE shards SET state = 'failed', error = :error, lease_token = NULL, lease_expires_at = NULL WHERE`

interface Changes {
  readonly count: D1PreparedStatement
  readonly change: D1PreparedStatement
  readonly log?: D1PreparedStatement
  /** The rest of a shard that is cut. */
  readonly rest?: readonly D1PreparedStatement[]
}

/** @param leaseMilliseconds - longest lease */
export function shardRecording(db: D1Database, clock: Clock, leaseMilliseconds: number): ShardRecording {
  /**
   * @param where - SQL for the shards
   * @param log - of shards that fail
   * @returns the number of shards that `change` changed
   */
  async function endShards(values: EventValues, where: string, { count, change, log, rest = [] }: Changes): Promise<number> {
    const before = [count, ...(log === undefined ? [] : [log]), ...rest, progressEvent(db, values, where)]
    const results = await db.batch([...before, change, noteTransition(db, values), addMerge(db, values, values.now)])
    return results[before.length]!.meta.changes
  }

  const fail = (values: EventValues & { readonly error: string }, where: string) =>
    endShards(values, where, {
      count: countFailed(db, values, where),
      change: statement(db, `${FAIL} ${where}`, values),
      log: logEvent(
        db,
        'error',
        `(SELECT COUNT(*) FROM shards WHERE ${where}) || ' shards failed: ' || :error`,
        values,
        `EXISTS (SELECT 1 FROM shards WHERE ${where})`,
      ),
    })

  return {
    async recordShard({ run: { tenant, id: run }, shard, end }, result) {
      const where = `${SHARD} AND ${IS_OPEN} AND ${IN_PROGRESS}`
      const values = {
        tenant,
        run,
        shard,
        now: clock.now(),
        end: result.end,
        rows: result.rows,
        evidenceKey: result.evidenceKey,
        embeddingsKey: result.embeddingsKey,
        tally: JSON.stringify(result.tally),
      }
      const record = statement(
        db,
        `UPDATE shards SET state = 'recorded', rows = :rows, evidence_key = :evidenceKey, embeddings_key = :embeddingsKey,
           tally = :tally, end_ordinal = :end, recorded_at = :now, lease_token = NULL, lease_expires_at = NULL, error = NULL WHERE ${where}`,
        values,
      )
      const count = countRecorded(db, values, result.tally, where)
      const rest = result.end < end ? [countCut(db, values, where), insertRest(db, values, where)] : []
      return (await endShards(values, where, { count, rest, change: record })) === 1
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
         WHERE tenant_id = :tenant AND run_id = :run AND ${IS_OPEN}`,
        { tenant, run },
      ).first<number>('first')
    },

    skipShardsFrom(tenant, run, ordinal) {
      const where = `tenant_id = :tenant AND run_id = :run AND first_ordinal >= :ordinal AND ${IS_OPEN}
        AND ${IN_PROGRESS}`
      const values = { tenant, run, ordinal, now: clock.now() }
      const skip = `UPDATE shards SET state = 'skipped', lease_token = NULL, lease_expires_at = NULL WHERE ${where}`
      return endShards(values, where, { count: countSkipped(db, values, where), change: statement(db, skip, values) })
    },
  }
}

/** Items from `:end` on. @param where - SQL for the shard that is about to be recorded */
function insertRest(db: D1Database, values: EventValues, where: string): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO shards (tenant_id, run_id, shard, first_ordinal, end_ordinal, state)
     SELECT :tenant, :run, (SELECT MAX(shard) + 1 FROM shards WHERE tenant_id = :tenant AND run_id = :run),
            :end, end_ordinal, 'pending'
     FROM shards WHERE ${where} AND end_ordinal > :end`,
    values,
  )
}

function noteTransition(db: D1Database, values: EventValues): D1PreparedStatement {
  return statement(
    db,
    `UPDATE runs SET transition_at = :now, resends = 0 WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress'`,
    values,
  )
}
