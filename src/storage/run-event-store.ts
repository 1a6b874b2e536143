/**
 * {@link RunEventStore} over D1.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'
import type { RunEvent, RunEventStore, RunEventType } from '../contracts/run-events.ts'
import { statement } from './named-statement.ts'
import { IN_PROGRESS } from './runs/conditions.ts'
import { addRunEvent } from './runs/run-events.ts'

interface EventRow {
  seq: number
  type: RunEventType
  data: string
  created_at: number
}

export function createRunEventStore(db: D1Database, clock: Clock): RunEventStore {
  return {
    async last(tenant, run) {
      const last = await statement(db, `SELECT MAX(seq) AS last FROM run_events WHERE tenant_id = :tenant AND run_id = :run`, {
        tenant,
        run,
      }).first<number>('last')
      return last ?? 0
    },

    async after(tenant, run, seq, limit) {
      const { results } = await statement(
        db,
        `SELECT seq, type, data, created_at FROM run_events
         WHERE tenant_id = :tenant AND run_id = :run AND seq > :seq ORDER BY seq LIMIT :limit`,
        { tenant, run, seq, limit },
      ).all<EventRow>()
      return results.map(({ created_at: createdAt, ...event }): RunEvent => ({ ...event, createdAt }))
    },

    async addValues(tenant, run, items, data) {
      const isNew = `${IN_PROGRESS} AND NOT EXISTS (SELECT 1 FROM run_events
        WHERE tenant_id = :tenant AND run_id = :run AND type = 'run.values' AND data ->> 'items' >= :items)`
      await addRunEvent(db, 'run.values', ':data', { tenant, run, items, data, now: clock.now() }, isNew).run()
    },
  }
}
