/**
 * Published reports: D1 is the truth, KV the copy that the world reads.
 * @module
 */
import type { Publisher } from '../contracts/ports.ts'

export const reportKey = (digest: string) => `report/${digest}`

export function createPublisher(db: D1Database, published: KVNamespace): Publisher {
  return {
    async putReport(digest, body) {
      await published.put(reportKey(digest), body)
    },
    async deleteReport(digest) {
      await published.delete(reportKey(digest))
    },
    async isPublic(digest) {
      const row = await db
        .prepare(`SELECT 1 FROM reports WHERE digest = ?1 AND visibility = 'public' LIMIT 1`)
        .bind(digest)
        .first()
      return row !== null
    },
    async readReportBody(tenant, digest) {
      return db
        .prepare(`SELECT body FROM reports WHERE tenant_id = ?1 AND digest = ?2`)
        .bind(tenant, digest)
        .first<string>('body')
    },
  }
}
