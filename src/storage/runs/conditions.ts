/**
 * SQL conditions about a run and its shards. The run is always `:tenant` and `:run`.
 * @module
 */
import { isAhead } from '../set-back-clock.ts'

/** The run has not ended. */
export const IN_PROGRESS = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND status = 'in_progress')`

export const IS_PUBLIC = `EXISTS (SELECT 1 FROM runs WHERE tenant_id = :tenant AND run_id = :run AND visibility = 'public')`

/** Every shard is recorded, failed or skipped: the run can be merged. */
export const NO_OPEN_SHARD = `NOT EXISTS (SELECT 1 FROM shards
  WHERE tenant_id = :tenant AND run_id = :run AND state IN ('pending', 'leased'))`

/** Of a joined `runs` row: shards that begin before this ordinal may be sent. */
export const SEND_LIMIT = `IFNULL(runs.send_limit, ${Number.MAX_SAFE_INTEGER})`

/**
 * Of a shard: no message was sent, or one by a clock that has been set back since.
 * @param now - the parameter of the present.
 */
export const isUnsent = (now: string) => `(sent_at IS NULL OR ${isAhead('sent_at', now)})`

/** Characters of an error that are kept. */
export const MAX_ERROR = 1000
