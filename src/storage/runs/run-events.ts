/**
 * Events of a run, inserted in the batch that makes the change. Each statement belongs before the change,
 * with the condition of the change, so a change without effect has no event.
 * @module
 */
import type { RunEventType } from '../../contracts/run-events.ts'
import { type SqlValue, statement } from '../named-statement.ts'
import { IN_PROGRESS } from './conditions.ts'

export type EventValues = Readonly<Record<string, SqlValue>> & {
  readonly tenant: string
  readonly run: string
  readonly now: number
}

/**
 * Batches run one after the other, so numbers have no gaps.
 * @param data - SQL for the JSON of the event
 * @param condition - SQL on the run
 */
export function addRunEvent(
  db: D1Database,
  type: RunEventType,
  data: string,
  values: EventValues,
  condition: string,
): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO run_events (tenant_id, run_id, seq, type, data, created_at)
     SELECT :tenant, :run, (SELECT IFNULL(MAX(seq), 0) + 1 FROM run_events WHERE tenant_id = :tenant AND run_id = :run),
            '${type}', ${data}, :now
     WHERE ${condition}`,
    values,
  )
}

/** SQL: the members of the JSON object that count items and shards. */
const COUNTS = `
  'result_counts', (SELECT json_object('total', planned, 'passed', passed, 'failed', failed, 'errored', errored + failed_shard_items)
    FROM run_progress AS p JOIN runs AS r ON r.tenant_id = p.tenant_id AND r.run_id = p.run_id
    WHERE p.tenant_id = :tenant AND p.run_id = :run),
  'shards', (SELECT json_object('total', shards, 'recorded', recorded_shards, 'failed', failed_shards, 'skipped', skipped_shards)
    FROM run_progress WHERE tenant_id = :tenant AND run_id = :run)`

/** The run was created. */
export const startedEvent = (db: D1Database, values: EventValues) =>
  addRunEvent(
    db,
    'run.started',
    `json_object(${COUNTS})`,
    values,
    `${IN_PROGRESS} AND NOT EXISTS (SELECT 1 FROM run_events WHERE tenant_id = :tenant AND run_id = :run)`,
  )

/** Shards are about to end; their counts are counted already. @param where - SQL for these shards */
export const progressEvent = (db: D1Database, values: EventValues, where: string) =>
  addRunEvent(db, 'run.progress', `json_object(${COUNTS})`, values, `EXISTS (SELECT 1 FROM shards WHERE ${where})`)

/** @param message - SQL. @param condition - SQL */
export const logEvent = (db: D1Database, level: 'warning' | 'error', message: string, values: EventValues, condition: string) =>
  addRunEvent(db, 'run.log', `json_object('level', '${level}', 'message', ${message})`, values, condition)

export interface EndingValues extends EventValues {
  readonly status: string
  readonly reportDigest: string | null
  /** JSON. */
  readonly error: string | null
  readonly gateVerdict: string | null
}

/** The run is about to end: the last event. */
export const endedEvent = (db: D1Database, values: EndingValues) =>
  addRunEvent(
    db,
    'run.ended',
    `json_object('status', :status, 'report_digest', :reportDigest, 'error', json(:error), 'gate', :gateVerdict, ${COUNTS})`,
    values,
    IN_PROGRESS,
  )
