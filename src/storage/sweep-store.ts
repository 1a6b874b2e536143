/**
 * {@link SweepStore} over D1: the only queries across tenants.
 * @module
 */
import type { Clock, ShardReference, SweepStore } from '../contracts/ports.ts'
import type { WorkQueue } from '../contracts/run.ts'
import { statement } from './named-statement.ts'
import { IS_OPEN, isWaiting } from './runs/conditions.ts'
import { CLOCK_SLACK, hasCome, isAhead } from './set-back-clock.ts'

/** For a joined `runs` row: some shard meets `condition`. */
const someShard = (condition: string) =>
  `EXISTS (SELECT 1 FROM shards WHERE shards.tenant_id = runs.tenant_id AND shards.run_id = runs.run_id AND ${condition})`

interface RunKeyRow {
  tenant_id: string
  run_id: string
}

/** @param leaseMilliseconds - longest lease on a shard */
export function createSweepStore(db: D1Database, clock: Clock, leaseMilliseconds: number): SweepStore {
  return { ...leaseSweep(db, clock, leaseMilliseconds), ...sendingSweep(db, clock), ...progressSweep(db, clock) }
}

/** Leases whose holders vanished. */
function leaseSweep(
  db: D1Database,
  clock: Clock,
  leaseMilliseconds: number,
): Pick<SweepStore, 'releaseExpiredLeases' | 'exhaustedShards'> {
  const expired = `state = 'leased' AND ${hasCome('lease_expires_at', ':now', leaseMilliseconds)}`
  return {
    async releaseExpiredLeases(maxAttempts) {
      // The message of that lease is used up. Marked unsent, so that fan-out sends another.
      const { meta } = await statement(
        db,
        `UPDATE shards SET state = 'pending', sent_at = NULL, lease_token = NULL, lease_expires_at = NULL
         WHERE ${expired} AND attempts < :maxAttempts`,
        { now: clock.now(), maxAttempts },
      ).run()
      return meta.changes
    },

    async exhaustedShards(maxAttempts, limit) {
      const { results } = await statement(
        db,
        `SELECT tenant_id AS tenant, run_id AS run, shard FROM shards WHERE ${expired} AND attempts >= :maxAttempts
           AND EXISTS (SELECT 1 FROM runs WHERE runs.tenant_id = shards.tenant_id AND runs.run_id = shards.run_id
                         AND status = 'in_progress')
         LIMIT :limit`,
        { now: clock.now(), maxAttempts, limit },
      ).all<ShardReference>()
      return results
    },
  }
}

/** Shards whose message was lost. */
function sendingSweep(db: D1Database, clock: Clock): Pick<SweepStore, 'stalledRuns' | 'markForResend'> {
  return {
    async stalledRuns(stallMilliseconds, mostDoublings, limit) {
      const { results } = await statement(
        db,
        `SELECT tenant_id, run_id, queue, resends,
                EXISTS (SELECT 1 FROM runs AS others WHERE others.status = 'in_progress' AND others.queue = runs.queue
                          AND others.transition_at > :now - :stall AND others.transition_at <= :now + ${CLOCK_SLACK}) AS queue_alive,
                ${someShard(`state = 'pending' AND attempts > 0`)} AS tried
         FROM runs WHERE status = 'in_progress'
           AND (transition_at <= :now - :stall * (1 << MIN(resends, :mostDoublings)) OR ${isAhead('transition_at', ':now')})
           AND ${someShard(`${isWaiting(':now')} AND sent_at IS NOT NULL`)}
         ORDER BY transition_at LIMIT :limit`,
        { now: clock.now(), stall: stallMilliseconds, mostDoublings, limit },
      ).all<RunKeyRow & { queue: WorkQueue; resends: number; queue_alive: number; tried: number }>()
      return results.map((row) => ({
        tenant: row.tenant_id,
        runId: row.run_id,
        queue: row.queue,
        resends: row.resends,
        queueAlive: row.queue_alive === 1,
        tried: row.tried === 1,
      }))
    },

    async markForResend(tenant, run) {
      const values = { tenant, run, now: clock.now() }
      await db.batch([
        statement(
          db,
          `UPDATE shards SET sent_at = NULL WHERE tenant_id = :tenant AND run_id = :run AND state IN ('pending', 'submitted')`,
          values,
        ),
        // A time of activity in the future is ignored; the waits between resends count from now.
        statement(
          db,
          `UPDATE runs SET resends = resends + 1, transition_at = MIN(transition_at, :now)
           WHERE tenant_id = :tenant AND run_id = :run`,
          values,
        ),
      ])
    },
  }
}

/** Runs whose next step was not taken. */
function progressSweep(db: D1Database, clock: Clock): Pick<SweepStore, 'runsAtSendLimit' | 'addMissingMerges'> {
  return {
    async runsAtSendLimit(stallMilliseconds, limit) {
      const { results } = await statement(
        db,
        `SELECT tenant_id, run_id, transition_at <= :now - :stall OR ${isAhead('transition_at', ':now')} AS stalled
         FROM runs WHERE status = 'in_progress' AND send_limit IS NOT NULL
           AND ${someShard(`state = 'pending' AND first_ordinal >= send_limit`)}
           AND NOT ${someShard(`${IS_OPEN} AND first_ordinal < send_limit`)}
         ORDER BY transition_at LIMIT :limit`,
        { now: clock.now(), stall: stallMilliseconds, limit },
      ).all<RunKeyRow & { stalled: number }>()
      return results.map((row) => ({ tenant: row.tenant_id, runId: row.run_id, stalled: row.stalled === 1 }))
    },

    async addMissingMerges() {
      const { results } = await statement(
        db,
        `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
         SELECT tenant_id, 'merge:' || run_id, 'merge', 'run', run_id, '{}', 'pending', :now, :now FROM runs
         WHERE status = 'in_progress' AND NOT ${someShard(IS_OPEN)}
         ON CONFLICT DO NOTHING RETURNING job_id`,
        { now: clock.now() },
      ).all<{ job_id: string }>()
      return results.map(({ job_id }) => job_id)
    },
  }
}
