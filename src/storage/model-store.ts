/**
 * Models that a tenant added: the manifest in D1, files in R2 at their hash.
 * @module
 */
import type { ModelRecord, ModelStore } from '../contracts/catalogue-ports.ts'
import { Fault } from '../contracts/failure.ts'
import { type ModelManifest, modelManifest, storedFilesOf } from '../contracts/model-manifest.ts'
import type { Clock } from '../contracts/ports.ts'
import { objectKey, openModelFile } from './objects.ts'

interface ModelRow {
  readonly model_id: string
  readonly manifest: string
  readonly created_at: number
  readonly ready_at: number | null
}

export function createModelStore(db: D1Database, bucket: R2Bucket, clock: Clock): ModelStore {
  return {
    async find(tenant, id) {
      const row = await db
        .prepare('SELECT * FROM models WHERE tenant_id = ?1 AND model_id = ?2')
        .bind(tenant, id)
        .first<ModelRow>()
      return row === null ? null : recordOf(row)
    },

    async list(tenant) {
      const { results } = await db
        .prepare('SELECT * FROM models WHERE tenant_id = ?1 ORDER BY created_at, model_id')
        .bind(tenant)
        .all<ModelRow>()
      return results.map(recordOf)
    },

    async put(tenant, manifest) {
      const text = JSON.stringify(manifest)
      await db
        .prepare('INSERT INTO models (tenant_id, model_id, manifest, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING')
        .bind(tenant, manifest.id, text, clock.now())
        .run()
      const there = await this.find(tenant, manifest.id)
      if (there === null || JSON.stringify(there.manifest) !== text) {
        const detail = `there is a model ${manifest.id} already; remove it first, or take another id`
        throw new Fault({ kind: 'conflict', detail, pointer: '/manifest/id' })
      }
      return there
    },

    async markReady(tenant, id) {
      await db
        .prepare('UPDATE models SET ready_at = ?3 WHERE tenant_id = ?1 AND model_id = ?2 AND ready_at IS NULL')
        .bind(tenant, id, clock.now())
        .run()
    },

    async delete(tenant, id) {
      // In one statement, so that no run can be planned in between.
      const { meta } = await db
        .prepare(
          `DELETE FROM models WHERE tenant_id = ?1 AND model_id = ?2 AND NOT EXISTS (
             SELECT 1 FROM runs WHERE tenant_id = ?1 AND status = 'in_progress'
               AND json_extract(spec, '$.subject.type') = 'edge_model' AND json_extract(spec, '$.subject.model') = ?2)`,
        )
        .bind(tenant, id)
        .run()
      if (meta.changes > 0) return
      const there = await db.prepare('SELECT 1 FROM models WHERE tenant_id = ?1 AND model_id = ?2').bind(tenant, id).first()
      if (there === null) throw new Fault({ kind: 'not_found', resource: 'added model', id })
      throw new Fault({ kind: 'conflict', detail: `a run in progress uses model ${id}; cancel it or wait for its end` })
    },

    async putFile(tenant, sha256, bytes, body) {
      const key = objectKey.model(tenant, sha256)
      if ((await bucket.head(key))?.size === bytes) {
        await body.cancel()
        return
      }
      // R2 refuses what has another hash.
      await bucket.put(key, body, { sha256 })
    },

    async fileBytes(tenant, sha256) {
      return (await bucket.head(objectKey.model(tenant, sha256)))?.size ?? null
    },

    openFile: (tenant, file) => openModelFile(bucket, tenant, file),

    async deleteUnusedFiles(tenant, manifest) {
      const used = new Set(
        (await this.list(tenant)).flatMap((other) => storedFilesOf(other.manifest).map(({ sha256 }) => sha256)),
      )
      const unused = storedFilesOf(manifest).filter(({ sha256 }) => !used.has(sha256))
      await bucket.delete(unused.map(({ sha256 }) => objectKey.model(tenant, sha256)))
    },
  }
}

function recordOf({ manifest, created_at: createdAt, ready_at: readyAt }: ModelRow): ModelRecord {
  return { manifest: modelManifest.parse(JSON.parse(manifest)) satisfies ModelManifest, createdAt, ready: readyAt !== null }
}
