/**
 * {@link RunStore} over D1. Each method is one batch, which D1 runs as a transaction. Every write requires
 * the state that it assumes, so duplicate, losing and late writes change nothing.
 * @module
 */
import type { Clock, RunReader, RunStore } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { cutOffShards } from './cut-off-shards.ts'
import { runCreation } from './create-run.ts'
import { runCompaction } from './run-compaction.ts'
import { runDeletion } from './run-deletion.ts'
import { runEnding } from './run-ending.ts'
import { runRecord, type RunRow, shardRecord, type ShardRow } from './run-row.ts'
import { runVisibility } from './run-visibility.ts'
import { shardLeases } from './shard-leases.ts'
import { shardRecording } from './shard-recording.ts'
import { shardSending } from './shard-sending.ts'
import { shardSubmissions } from './shard-submissions.ts'

/** @param leaseMilliseconds - longest lease on a shard */
export function createRunStore(db: D1Database, clock: Clock, leaseMilliseconds: number): RunStore {
  return {
    ...runReader(db),
    ...runCreation(db, clock),
    ...shardSending(db, clock),
    ...shardLeases(db, clock, leaseMilliseconds),
    ...shardSubmissions(db, clock),
    ...shardRecording(db, clock, leaseMilliseconds),
    ...cutOffShards(db),
    ...runEnding(db, clock, leaseMilliseconds),
    ...runVisibility(db, clock),
    ...runDeletion(db, clock, leaseMilliseconds),
    ...runCompaction(db),
  }
}

function runReader(db: D1Database): RunReader {
  return {
    async findRun(tenant, run) {
      const row = await statement(db, `SELECT * FROM runs WHERE tenant_id = :tenant AND run_id = :run`, {
        tenant,
        run,
      }).first<RunRow>()
      return row && runRecord(row)
    },

    async readShards(tenant, run, first, end) {
      const { results } = await statement(
        db,
        `SELECT * FROM shards INDEXED BY shards_by_ordinal
         WHERE tenant_id = :tenant AND run_id = :run AND first_ordinal >= :first AND first_ordinal < :end
         ORDER BY first_ordinal`,
        { tenant, run, first, end },
      ).all<ShardRow>()
      return results.map(shardRecord)
    },
  }
}
