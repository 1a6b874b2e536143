/**
 * The exact daily budget that visitors without a key share.
 * @module
 */
import type { DailyUsage } from '../contracts/catalogue-ports.ts'
import type { Clock } from '../contracts/ports.ts'

export function createDailyUsage(db: D1Database, clock: Clock): DailyUsage {
  return {
    async take(tenant, amount, budget) {
      const day = new Date(clock.now()).toISOString().slice(0, 10)
      const [, taken] = await db.batch([
        db.prepare(`INSERT INTO daily_usage (tenant_id, day, used) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING`).bind(tenant, day),
        db
          .prepare(`UPDATE daily_usage SET used = used + ?3 WHERE tenant_id = ?1 AND day = ?2 AND used + ?3 <= ?4`)
          .bind(tenant, day, amount, budget),
      ])
      return taken!.meta.changes === 1
    },
  }
}
