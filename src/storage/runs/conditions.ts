/**
 * SQL conditions on a run and its shards. The run is always `:tenant` and `:run`.
 * @module
 */
import { isAhead } from '../set-back-clock.ts'

/** The run has not ended. */
export const IN_PROGRESS = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress')`

export const IS_PUBLIC = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND visibility = 'public')`

/** Every shard is recorded, failed or skipped, so the run can be merged. */
export const NO_OPEN_SHARD = `NOT EXISTS (SELECT 1 FROM shards
  WHERE tenant_id = :tenant AND run_id = :run AND state IN ('pending', 'leased'))`

/** For a joined `runs` row: shards that begin before this ordinal may be sent. */
export const SEND_LIMIT = `IFNULL(runs.send_limit, ${Number.MAX_SAFE_INTEGER})`

/**
 * For a joined `runs` row: its shards may be sent now, since its model is not paused.
 * @param now - parameter with the current time
 */
export const isNotPaused = (now: string) => `NOT EXISTS (SELECT 1 FROM run_ledger
  WHERE run_ledger.tenant_id = runs.tenant_id AND run_ledger.run_id = runs.run_id AND paused_until > ${now})`

/**
 * For a shard: no message was sent, or one by a clock that has been set back since.
 * @param now - parameter with the current time
 */
export const isUnsent = (now: string) => `(sent_at IS NULL OR ${isAhead('sent_at', now)})`

/** Most characters stored of an error. */
export const MAX_ERROR = 1000
