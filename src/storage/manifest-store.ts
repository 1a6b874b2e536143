/**
 * {@link ManifestStore} over D1.
 * @module
 */
import type { ManifestStore, Signature, StoredManifest } from '../contracts/manifest.ts'
import type { RunRecord } from '../contracts/run.ts'
import { statement } from './named-statement.ts'
import { IN_PROGRESS } from './runs/conditions.ts'

interface ManifestRow {
  tenant_id: string
  run_id: string
  body: string
  signature: string | null
  key_id: string | null
}

export function createManifestStore(db: D1Database): ManifestStore {
  return {
    async find(tenant, run) {
      const row = await statement(db, `SELECT * FROM run_manifests WHERE tenant_id = :tenant AND run_id = :run`, {
        tenant,
        run,
      }).first<ManifestRow>()
      return row && stored(row)
    },

    async ofReport(tenant, digest, limit) {
      const { results } = await statement(
        db,
        `SELECT m.* FROM run_manifests AS m CROSS JOIN runs AS r ON r.tenant_id = m.tenant_id AND r.run_id = m.run_id
         WHERE m.report_digest = :digest AND (m.tenant_id IS :tenant OR (r.visibility = 'public' AND r.status = 'completed'))
         ORDER BY m.created_at, m.run_id LIMIT :limit`,
        { tenant, digest, limit },
      ).all<ManifestRow>()
      return results.map(stored)
    },

    async addSignature({ tenant, runId: run }, { keyId, jws }) {
      await statement(
        db,
        `UPDATE run_manifests SET signature = :jws, key_id = :keyId
         WHERE tenant_id = :tenant AND run_id = :run AND signature IS NULL`,
        { tenant, run, jws, keyId },
      ).run()
    },
  }
}

/** For the batch that publishes a run, before the change of status. */
export function insertManifest(
  db: D1Database,
  { tenant, id: run }: Pick<RunRecord, 'tenant' | 'id'>,
  reportDigest: string,
  { body, signature }: { readonly body: string; readonly signature: Signature | null },
  now: number,
): D1PreparedStatement {
  return statement(
    db,
    `INSERT INTO run_manifests (tenant_id, run_id, report_digest, body, signature, key_id, created_at)
     SELECT :tenant, :run, :reportDigest, :body, :jws, :keyId, :now WHERE ${IN_PROGRESS} ON CONFLICT DO NOTHING`,
    { tenant, run, reportDigest, body, jws: signature?.jws ?? null, keyId: signature?.keyId ?? null, now },
  )
}

function stored({ tenant_id: tenant, run_id: runId, body, signature: jws, key_id: keyId }: ManifestRow): StoredManifest {
  return { tenant, runId, body, signature: jws === null || keyId === null ? null : { jws, keyId } }
}
