/**
 * {@link ReportStore}: D1 is authoritative, KV a copy for public reads.
 * @module
 */
import type { ReportStore } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'

/** @internal */
export const reportKey = (digest: string) => `report/${digest}`

export function createReportStore(db: D1Database, published: KVNamespace): ReportStore {
  return {
    body: (tenant, digest) =>
      statement(db, `SELECT body FROM reports WHERE tenant_id = :tenant AND digest = :digest`, {
        tenant,
        digest,
      }).first<string>('body'),

    async visibleBody(tenant, digest) {
      const row = await statement(
        db,
        `SELECT body, visibility = 'public' OR tenant_id IS :tenant AS readable FROM reports
         WHERE digest = :digest ORDER BY readable DESC LIMIT 1`,
        { digest, tenant },
      ).first<{ body: string; readable: number }>()
      // D1 first: KV caches misses, and for a while also a report that was made private.
      if (row !== null) return row.readable === 1 ? row.body : null
      return published.get(reportKey(digest))
    },

    async isPublic(digest) {
      const row = await statement(db, `SELECT 1 FROM reports WHERE digest = :digest AND visibility = 'public' LIMIT 1`, {
        digest,
      }).first()
      return row !== null
    },

    async putCopy(digest, body) {
      await published.put(reportKey(digest), body)
    },

    async deleteCopy(digest) {
      await published.delete(reportKey(digest))
    },
  }
}
