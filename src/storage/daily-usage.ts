/**
 * The exact daily budget shared by visitors without a key, and each network's use of it.
 * @module
 */
import type { DailyUsage } from '../contracts/catalogue-ports.ts'
import { sha256Hex } from '../contracts/digest.ts'
import type { Clock } from '../contracts/ports.ts'

export function createDailyUsage(db: D1Database, clock: Clock): DailyUsage {
  return {
    async take(tenant, network, amount, { all, network: share }) {
      const day = new Date(clock.now()).toISOString().slice(0, 10)
      // No address is stored, and rows of different days cannot be linked to one network.
      const networkRow = `${tenant} ${(await sha256Hex(`${day} ${network}`)).slice(0, 32)}`
      const used = (row: string) => `(SELECT used FROM daily_usage WHERE tenant_id = ${row} AND day = ?3)`
      const [, , taken, left] = await db.batch<{ tenant_id: string; used: number }>([
        db.prepare(`DELETE FROM daily_usage WHERE tenant_id GLOB ?1 || ' *' AND day < ?2`).bind(tenant, day),
        db
          .prepare(`INSERT INTO daily_usage (tenant_id, day, used) VALUES (?1, ?3, 0), (?2, ?3, 0) ON CONFLICT DO NOTHING`)
          .bind(tenant, networkRow, day),
        // Both or neither.
        db
          .prepare(
            `UPDATE daily_usage SET used = used + ?4 WHERE tenant_id IN (?1, ?2) AND day = ?3
               AND ${used('?1')} + ?4 <= ?5 AND ${used('?2')} + ?4 <= ?6`,
          )
          .bind(tenant, networkRow, day, amount, all, share),
        db
          .prepare(`SELECT tenant_id, used FROM daily_usage WHERE tenant_id IN (?1, ?2) AND day = ?3`)
          .bind(tenant, networkRow, day),
      ])
      if (taken!.meta.changes === 2) return { taken: true }
      const usedBy = (row: string) => left!.results.find(({ tenant_id }) => tenant_id === row)?.used ?? 0
      const [ofAll, ofNetwork] = [all - usedBy(tenant), share - usedBy(networkRow)]
      return ofAll < amount
        ? { taken: false, spent: 'all', left: Math.max(0, Math.min(ofAll, ofNetwork)) }
        : { taken: false, spent: 'network', left: Math.max(0, ofNetwork) }
    },
  }
}
