/**
 * Models that a tenant added: the manifest in D1, files in R2 at their hash.
 * @module
 */
import type { ModelRecord, ModelStore } from '../contracts/catalogue-ports.ts'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import { type ModelManifest, modelManifest, storedFilesOf } from '../contracts/model-manifest.ts'
import type { Clock } from '../contracts/ports.ts'
import { holdsClaim, type ObjectClaims } from './object-claims.ts'
import { objectKey, openModelFile } from './objects.ts'
import { R2_ERROR, r2ErrorCode } from './r2-error.ts'

interface ModelRow {
  readonly model_id: string
  readonly manifest: string
  readonly created_at: number
  readonly ready_at: number | null
}

export function createModelStore(db: D1Database, bucket: R2Bucket, clock: Clock, claims: ObjectClaims): ModelStore {
  const during = <T>(tenant: string, manifest: ModelManifest, use: (claim: string) => Promise<T>) =>
    claims.during(
      tenant,
      digestsOf(manifest).map((digest) => ({ kind: 'model', digest })),
      use,
    )

  async function find(tenant: string, id: string): Promise<ModelRecord | null> {
    const row = await db.prepare('SELECT * FROM models WHERE tenant_id = ?1 AND model_id = ?2').bind(tenant, id).first<ModelRow>()
    return row === null ? null : recordOf(row)
  }

  return {
    find,

    async list(tenant) {
      const { results } = await db
        .prepare('SELECT * FROM models WHERE tenant_id = ?1 ORDER BY created_at, model_id')
        .bind(tenant)
        .all<ModelRow>()
      return results.map(recordOf)
    },

    async put(tenant, manifest) {
      const text = JSON.stringify(manifest)
      // Claimed although nothing is written yet: a model's files are then not deleted, so an existing file
      // stays.
      await during(tenant, manifest, (claim) =>
        db.batch([
          db
            .prepare(
              `INSERT INTO models (tenant_id, model_id, manifest, created_at) SELECT ?1, ?2, ?3, ?4 WHERE ${holdsClaim('?1', '?5')}
               ON CONFLICT DO NOTHING`,
            )
            .bind(tenant, manifest.id, text, clock.now(), claim),
          db
            .prepare(
              `INSERT INTO model_files (tenant_id, model_id, sha256) SELECT ?1, ?2, value FROM json_each(?4)
               WHERE ${holdsClaim('?1', '?5')} AND EXISTS (SELECT 1 FROM models WHERE tenant_id = ?1 AND model_id = ?2 AND manifest = ?3)
               ON CONFLICT DO NOTHING`,
            )
            .bind(tenant, manifest.id, text, JSON.stringify(digestsOf(manifest)), claim),
        ]),
      )
      const there = await find(tenant, manifest.id)
      if (there === null || JSON.stringify(there.manifest) !== text) {
        const detail = `there is a model ${manifest.id} already; remove it first, or take another id`
        throw new Fault({ kind: 'conflict', detail, pointer: '/manifest/id' })
      }
      return there
    },

    async delete(tenant, id) {
      const unused = `NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND status = 'in_progress'
        AND json_extract(spec, '$.subject.type') = 'edge_model' AND json_extract(spec, '$.subject.model') = ?2)`
      // In one transaction, so that no run can be planned in between.
      const [, deleted] = await claims.deleteRows(
        tenant,
        `SELECT 'model' AS kind, sha256 AS digest FROM model_files WHERE tenant_id = ?1 AND model_id = ?2`,
        id,
        ['model_files', 'models'].map((table) =>
          db.prepare(`DELETE FROM ${table} WHERE tenant_id = ?1 AND model_id = ?2 AND ${unused}`).bind(tenant, id),
        ),
      )
      if (deleted!.meta.changes > 0) return
      const there = await db.prepare('SELECT 1 FROM models WHERE tenant_id = ?1 AND model_id = ?2').bind(tenant, id).first()
      if (there === null) throw new Fault({ kind: 'not_found', resource: 'added model', id })
      throw new Fault({ kind: 'conflict', detail: `a run in progress uses model ${id}; cancel it or wait for its end` })
    },

    putFile: (tenant, manifest, sha256, { bytes, body }) =>
      during(tenant, manifest, async (claim) => {
        const key = objectKey.model(tenant, sha256)
        if ((await bucket.head(key))?.size === bytes) await body.cancel()
        else
          await bucket.put(key, body, { sha256 }).catch((error: unknown) => {
            if (r2ErrorCode(error) !== R2_ERROR.badDigest) throw error
            const file = storedFilesOf(manifest).find((named) => named.sha256 === sha256)?.file ?? sha256
            throw unprocessableField('', `this is not ${file}: its SHA-256 differs`)
          })
        for (const digest of digestsOf(manifest)) if ((await bucket.head(objectKey.model(tenant, digest))) === null) return false
        const [, row] = await db.batch<ModelRow>([
          // Another model may have this id by now. Only the model read above may be referred to.
          db
            .prepare(
              `UPDATE models SET ready_at = ?3 WHERE tenant_id = ?1 AND model_id = ?2 AND ready_at IS NULL AND NOT EXISTS (
                 SELECT 1 FROM model_files f WHERE f.tenant_id = ?1 AND f.model_id = ?2 AND NOT EXISTS (SELECT 1 FROM object_claims c
                   WHERE c.tenant_id = ?1 AND c.kind = 'model' AND c.digest = f.sha256 AND c.token = ?4))`,
            )
            .bind(tenant, manifest.id, clock.now(), claim),
          db.prepare('SELECT * FROM models WHERE tenant_id = ?1 AND model_id = ?2').bind(tenant, manifest.id),
        ])
        return row!.results.some(({ ready_at }) => ready_at !== null)
      }),

    openFile: (tenant, file) => openModelFile(bucket, tenant, file),
  }
}

/** The digest of every stored file, once each. */
function digestsOf(manifest: ModelManifest): string[] {
  return [...new Set(storedFilesOf(manifest).map(({ sha256 }) => sha256))]
}

function recordOf({ manifest, created_at: createdAt, ready_at: readyAt }: ModelRow): ModelRecord {
  return { manifest: modelManifest.parse(JSON.parse(manifest)) satisfies ModelManifest, createdAt, ready: readyAt !== null }
}
