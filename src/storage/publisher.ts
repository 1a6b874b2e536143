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
    async readReportBody(tenant, digest) {
      return db
        .prepare(`SELECT body FROM reports WHERE tenant_id = ?1 AND digest = ?2`)
        .bind(tenant, digest)
        .first<string>('body')
    },
  }
}
