/**
 * SQL that several statements share: conditions on a run and its shards. The run is always `:tenant` and
 * `:run`.
 * @module
 */
import { hasCome, isAhead } from '../set-back-clock.ts'

/** The run has not ended. */
export const IN_PROGRESS = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress')`

/** For a row of `runs`: it has not ended, or something that it sent is still under way. */
export const IS_UNFINISHED = `(runs.status = 'in_progress' OR EXISTS (SELECT 1 FROM submissions AS s
  WHERE s.tenant_id = runs.tenant_id AND s.run_id = runs.run_id AND s.ended_at IS NULL))`

export const IS_PUBLIC = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND visibility = 'public')`

/** For a shard: it has not ended. */
export const IS_OPEN = `state IN ('pending', 'leased', 'submitted')`

/** `:token` has the lease on `:shard`. */
export const HAS_LEASE = `EXISTS (SELECT 1 FROM shards
  WHERE tenant_id = :tenant AND run_id = :run AND shard = :shard AND lease_token = :token)`

/** A statement: the holder of the lease has moved its run on. */
export const NOTE_ACTIVITY = `UPDATE runs SET transition_at = :now
  WHERE tenant_id = :tenant AND run_id = :run AND ${HAS_LEASE}`

/** Every shard is recorded, failed or skipped, so the run can be merged. */
export const NO_OPEN_SHARD = `NOT EXISTS (SELECT 1 FROM shards
  WHERE tenant_id = :tenant AND run_id = :run AND ${IS_OPEN})`

/** Longest wait of a submitted shard for its next look, in milliseconds. */
export const LONGEST_POLL = 3_600_000

/**
 * For a shard: it waits for an attempt.
 * @param now - parameter with the current time
 */
export const isWaiting = (now: string) =>
  `(state = 'pending' OR (state = 'submitted' AND ${hasCome('poll_at', now, LONGEST_POLL)}))`

/** For a joined `runs` row: shards that begin before this ordinal may be sent. */
export const SEND_LIMIT = `IFNULL(runs.send_limit, ${Number.MAX_SAFE_INTEGER})`

/** Longest pause of a run, in milliseconds. Then its model is asked again. */
export const LONGEST_PAUSE = 3_600_000

/**
 * For a joined `runs` row: its shards may be sent now, since its model is not paused.
 * @param now - parameter with the current time
 */
export const isNotPaused = (now: string) => `NOT EXISTS (SELECT 1 FROM run_ledger
  WHERE run_ledger.tenant_id = runs.tenant_id AND run_ledger.run_id = runs.run_id AND NOT ${hasCome('paused_until', now, LONGEST_PAUSE)})`

/**
 * For a shard: no message was sent, or one by a clock that has been set back since.
 * @param now - parameter with the current time
 */
export const isUnsent = (now: string) => `(sent_at IS NULL OR ${isAhead('sent_at', now)})`

/** Most characters stored of an error. */
export const MAX_ERROR = 1000
