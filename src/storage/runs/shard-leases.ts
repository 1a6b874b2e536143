/**
 * Leases on shards: claimed by compare-and-set, renewed while their holder lives, released after a fault.
 * @module
 */
import type { ClaimedShard, Clock, ShardLeases } from '../../contracts/ports.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { hasCome } from '../set-back-clock.ts'
import { HAS_LEASE, LONGEST_PAUSE, NOTE_ACTIVITY, IN_PROGRESS, isWaiting, MAX_ERROR } from './conditions.ts'
import { logEvent } from './run-events.ts'
import { runRecord, type RunRow, type ShardRow } from './run-row.ts'

/** Milliseconds after which a pause for the same reason is another one. */
const SAID_AGAIN_MS = 600_000

/** The run was not paused for this reason just now, by another of its shards. */
const IS_NEWS = `NOT EXISTS (SELECT 1 FROM run_ledger
  WHERE tenant_id = :tenant AND run_id = :run AND pause_reason = :reason AND paused_until > :recently)`

/** A pause by a clock that has been set back since is over. */
const IS_PAUSE = `IFNULL(NOT ${hasCome('paused_until', ':now', LONGEST_PAUSE)}, FALSE)`

/** @param leaseMilliseconds - longest lease */
export function shardLeases(db: D1Database, clock: Clock, leaseMilliseconds: number): ShardLeases {
  return {
    async claimShard({ tenant, run, shard }, token, milliseconds) {
      const now = clock.now()
      const values = { tenant, run, shard, token, now, expires: now + milliseconds }
      const [claimed, , found] = await db.batch<ShardRow & RunRow>([
        statement(
          db,
          `UPDATE shards SET state = 'leased', lease_token = :token, lease_expires_at = :expires, attempts = attempts + 1
           WHERE tenant_id = :tenant AND run_id = :run AND shard = :shard AND ${IN_PROGRESS}
             AND (${isWaiting(':now')} OR (state = 'leased' AND ${hasCome('lease_expires_at', ':now', leaseMilliseconds)}))
           RETURNING first_ordinal, end_ordinal`,
          values,
        ),
        statement(db, NOTE_ACTIVITY, values),
        statement(db, `SELECT * FROM runs WHERE tenant_id = :tenant AND run_id = :run`, values),
      ])
      const range = claimed!.results[0]
      const row = found!.results[0]
      return range && row ? { run: runRecord(row), shard, token, first: range.first_ordinal, end: range.end_ordinal } : null
    },

    async renewShard({ run: { tenant, id: run }, shard, token }, milliseconds) {
      const now = clock.now()
      const values = { tenant, run, shard, token, now, expires: now + milliseconds }
      const [, , open] = await db.batch([
        statement(
          db,
          `UPDATE shards SET state = 'leased', lease_token = :token, lease_expires_at = :expires
           WHERE tenant_id = :tenant AND run_id = :run AND shard = :shard AND ${IN_PROGRESS}
             AND (state = 'pending' OR (state = 'leased' AND lease_token = :token))`,
          values,
        ),
        statement(
          db,
          `UPDATE runs SET transition_at = :now
           WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress' AND ${HAS_LEASE}`,
          values,
        ),
        statement(
          db,
          `SELECT 1 FROM shards WHERE tenant_id = :tenant AND run_id = :run AND shard = :shard
             AND state IN ('pending', 'leased') AND ${IN_PROGRESS}`,
          values,
        ),
      ])
      return open!.results.length === 1
    },

    async pauseRun(claim, reason, until) {
      await db.batch(pause(db, pauseValues(clock, claim, reason, until)))
    },

    async pauseShard(claim, reason, until) {
      const values = pauseValues(clock, claim, reason, until)
      await db.batch([...pause(db, values), ...putBack(db, { ...values, error: values.reason })])
    },

    async yieldShard({ run: { tenant, id: run }, shard, token }) {
      await db.batch(putBack(db, { tenant, run, shard, token, error: null, now: clock.now() }))
    },

    async releaseShard({ run: { tenant, id: run }, shard, token }, error) {
      const values = { tenant, run, shard, token, error: error.slice(0, MAX_ERROR), now: clock.now() }
      await db.batch([
        logEvent(db, 'warning', `'shard ' || CAST(:shard AS INTEGER) || ' is tried again: ' || :error`, values, HAS_LEASE),
        statement(
          db,
          `UPDATE shards SET state = 'pending', lease_token = NULL, lease_expires_at = NULL, error = :error
           WHERE tenant_id = :tenant AND run_id = :run AND shard = :shard AND state = 'leased' AND lease_token = :token`,
          values,
        ),
      ])
    },
  }
}

function pauseValues(clock: Clock, { run, shard, token }: ClaimedShard, reason: string, wanted: number) {
  const now = clock.now()
  const until = Math.min(wanted, now + LONGEST_PAUSE)
  return { tenant: run.tenant, run: run.id, shard, token, reason: reason.slice(0, MAX_ERROR), until, now }
}

/** The holder of a lease pauses its run. */
function pause(db: D1Database, values: ReturnType<typeof pauseValues>): D1PreparedStatement[] {
  return [
    logEvent(
      db,
      'warning',
      `'paused: ' || :reason`,
      { ...values, recently: values.now - SAID_AGAIN_MS },
      `${HAS_LEASE} AND ${IS_NEWS}`,
    ),
    statement(
      db,
      `UPDATE run_ledger SET paused_until = MAX(IIF(${IS_PAUSE}, paused_until, 0), :until), pause_reason = :reason
       WHERE tenant_id = :tenant AND run_id = :run AND ${HAS_LEASE}`,
      values,
    ),
  ]
}

/** Puts a leased shard back to be sent. Does not count as an attempt. */
function putBack(db: D1Database, values: Readonly<Record<string, SqlValue>>): D1PreparedStatement[] {
  return [
    statement(db, NOTE_ACTIVITY, values),
    statement(
      db,
      `UPDATE shards SET state = 'pending', sent_at = NULL, lease_token = NULL, lease_expires_at = NULL,
         attempts = attempts - 1, error = :error
       WHERE tenant_id = :tenant AND run_id = :run AND shard = :shard AND state = 'leased' AND lease_token = :token`,
      values,
    ),
  ]
}
