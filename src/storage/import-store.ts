/**
 * {@link ImportStore} over `dataset_imports` and each import's `outbox` job.
 * @module
 */
import {
  type ImportError,
  type ImportProgress,
  type ImportRecord,
  type ImportSource,
  type ImportStore,
  type NamedImage,
  NO_PICTURES,
} from '../contracts/import-ports.ts'
import { Fault } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'

interface ImportRow {
  tenant_id: string
  import_id: string
  name: string
  format: string
  split: string | null
  status: ImportRecord['status']
  files: string
  stored_images: string | null
  state: string | null
  progress: string
  dataset_id: string | null
  digest: string | null
  error: string | null
  created_at: number
  ended_at: number | null
}

const HELD = `EXISTS (SELECT 1 FROM outbox WHERE outbox.tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3 AND outbox.state = 'pending')`

export function createImportStore(db: D1Database, clock: Clock): ImportStore {
  async function find(tenant: string, id: string): Promise<ImportRecord> {
    const row = await db
      .prepare(`SELECT * FROM dataset_imports WHERE tenant_id = ?1 AND import_id = ?2`)
      .bind(tenant, id)
      .first<ImportRow>()
    if (row === null) throw new Fault({ kind: 'not_found', resource: 'dataset import', id })
    return recordOf(row)
  }

  return {
    find,

    async create(tenant, id, { name, format, split, files, storedImages }) {
      const jobId = `import:${id}`
      const now = clock.now()
      const total = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0)
      const progress: ImportProgress = { phase: 'read', bytes_read: 0, bytes_total: total, items: 0, ...NO_PICTURES }
      await db.batch([
        db
          .prepare(
            `INSERT INTO dataset_imports (tenant_id, import_id, name, format, split, status, files, progress, created_at, stored_images)
             VALUES (?1, ?2, ?3, ?4, ?5, 'in_progress', ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING`,
          )
          .bind(tenant, id, name, format, split, JSON.stringify(files), JSON.stringify(progress), now, storedText(storedImages)),
        db
          .prepare(
            `INSERT INTO outbox (tenant_id, job_id, kind, resource_kind, resource_id, payload, state, due_at, created_at)
             VALUES (?1, ?2, 'import', 'import', ?3, '{}', 'pending', ?4, ?4) ON CONFLICT DO NOTHING`,
          )
          .bind(tenant, jobId, id, now),
      ])
      return { record: await find(tenant, id), jobId }
    },

    async checkpoint(job, state, progress) {
      const results = await db.batch([
        db
          .prepare(
            `UPDATE dataset_imports SET state = ?5, progress = ?6
             WHERE tenant_id = ?1 AND import_id = ?4 AND status = 'in_progress' AND ${HELD}`,
          )
          .bind(job.tenant, job.id, job.token, job.resource.id, JSON.stringify(state), JSON.stringify(progress)),
        db
          .prepare(`UPDATE outbox SET claims = 0 WHERE tenant_id = ?1 AND job_id = ?2 AND lease_token = ?3`)
          .bind(job.tenant, job.id, job.token),
      ])
      return results[0]!.meta.changes === 1
    },

    async complete(tenant, id, { datasetId, digest }) {
      await db
        .prepare(
          `UPDATE dataset_imports SET status = 'completed', state = NULL, dataset_id = ?3, digest = ?4, ended_at = ?5
           WHERE tenant_id = ?1 AND import_id = ?2 AND status = 'in_progress'`,
        )
        .bind(tenant, id, datasetId, digest, clock.now())
        .run()
    },

    async fail(tenant, id, error) {
      await db
        .prepare(
          `UPDATE dataset_imports SET status = 'failed', state = NULL, error = ?3, ended_at = ?4
           WHERE tenant_id = ?1 AND import_id = ?2 AND status = 'in_progress'`,
        )
        .bind(tenant, id, JSON.stringify(error), clock.now())
        .run()
    },
  }
}

const storedText = (images: readonly NamedImage[]) =>
  images.length === 0 ? null : JSON.stringify(images.map(({ name, sha256 }) => [name, sha256]))

function recordOf(row: ImportRow): ImportRecord {
  const parse = <T>(text: string | null) => (text === null ? null : (JSON.parse(text) as T))
  return {
    tenant: row.tenant_id,
    id: row.import_id,
    name: row.name,
    format: row.format,
    split: row.split,
    status: row.status,
    files: parse<Record<string, ImportSource>>(row.files)!,
    storedImages: (parse<[string, string][]>(row.stored_images) ?? []).map(([name, sha256]) => ({ name, sha256 })),
    state: parse<unknown>(row.state),
    // Imports from before migration 0020 have no counts of pictures.
    progress: { ...NO_PICTURES, ...parse<ImportProgress>(row.progress)! },
    version: row.dataset_id === null || row.digest === null ? null : { datasetId: row.dataset_id, digest: row.digest },
    error: parse<ImportError>(row.error),
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}
