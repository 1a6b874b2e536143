/**
 * Contents of uploaded files: bytes at their hash, or the parts of an upload. The row of each file in D1 says
 * which. All rows of one content agree, and the content is deleted with the last of them.
 * @module
 */
import type { CatalogueStore } from '../contracts/catalogue-ports.ts'
import { Fault } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import type { FileRecord } from '../contracts/records.ts'
import { pageOf } from './page.ts'
import { holdsClaim, type ObjectClaims } from './object-claims.ts'
import { objectKey } from './objects.ts'
import { type FilePiece, filePieces, piecesAtHash } from './stored-file.ts'

export interface FileRow {
  file_id: string
  sha256: string
  bytes: number
  filename: string
  created_at: number
  expires_at: number | null
}

/** SQL for a row that has not expired. @param now - a parameter: Unix milliseconds */
const isKept = (now: string) => `(expires_at IS NULL OR expires_at > ${now})`

export const fileOf = (row: FileRow): FileRecord => ({
  id: row.file_id,
  sha256: row.sha256,
  bytes: row.bytes,
  filename: row.filename,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

export function createFileStore(db: D1Database, bucket: R2Bucket, clock: Clock, claims: ObjectClaims): CatalogueStore['files'] {
  /** Place of this content by its files' rows. */
  async function piecesOf(tenant: string, sha256: string): Promise<FilePiece[] | null> {
    const { results: parts } = await db
      .prepare(
        `SELECT upload_id, part_id, offset, bytes FROM upload_parts WHERE tenant_id = ?1 AND position IS NOT NULL
           AND upload_id = (SELECT upload_id FROM files WHERE tenant_id = ?1 AND sha256 = ?2 LIMIT 1) ORDER BY position`,
      )
      .bind(tenant, sha256)
      .all<{ upload_id: string; part_id: string; offset: number; bytes: number }>()
    if (parts.length === 0) return piecesAtHash(bucket, tenant, sha256)
    return parts.map(({ upload_id, part_id, offset, bytes }) => ({
      key: objectKey.uploadPart(tenant, upload_id, part_id),
      offset,
      bytes,
    }))
  }

  async function find(tenant: string, id: string): Promise<FileRecord> {
    const row = await db
      .prepare(`SELECT * FROM files WHERE tenant_id = ?1 AND file_id = ?2 AND ${isKept('?3')}`)
      .bind(tenant, id, clock.now())
      .first<FileRow>()
    if (row === null) throw new Fault({ kind: 'not_found', resource: 'file', id })
    return fileOf(row)
  }

  /** Whether there was such a row that no import reads, which is then deleted with its content. */
  async function remove(tenant: string, id: string): Promise<boolean> {
    const [deleted] = await claims.deleteRows(
      tenant,
      `SELECT IIF(upload_id IS NULL, 'file', 'upload') AS kind, COALESCE(upload_id, sha256) AS digest FROM files
         WHERE tenant_id = ?1 AND file_id = ?2`,
      id,
      [
        db
          .prepare(
            `DELETE FROM files WHERE tenant_id = ?1 AND file_id = ?2 AND NOT EXISTS (
                 SELECT 1 FROM dataset_imports AS i, json_each(i.files) AS used
                 WHERE i.tenant_id = ?1 AND i.status = 'in_progress' AND used.value ->> 'file_id' = ?2)`,
          )
          .bind(tenant, id),
      ],
    )
    return deleted!.meta.changes === 1
  }

  return {
    find,

    async list(tenant, page) {
      const kept = { sql: `AND ${isKept(':now')}`, values: { now: clock.now() } }
      return (await pageOf<FileRow>(db, 'files', 'file_id', tenant, page, kept)).map(fileOf)
    },

    put: (tenant, { id, sha256, filename, lifetime }, bytes) =>
      claims.during(tenant, [{ kind: 'file', digest: sha256 }], async (claim) => {
        await bucket.put(objectKey.file(tenant, sha256), bytes)
        // If an upload brought the same bytes before, these are unreferenced.
        const [, found] = await db.batch<FileRow>([
          db
            .prepare(
              `INSERT INTO files (tenant_id, file_id, sha256, bytes, filename, purpose, created_at, expires_at, upload_id)
               SELECT ?1, ?2, ?3, ?4, ?5, 'evals', ?6, ?6 + ?8,
                      (SELECT upload_id FROM files WHERE tenant_id = ?1 AND sha256 = ?3 LIMIT 1)
               WHERE ${holdsClaim('?1', '?7')} ON CONFLICT DO NOTHING`,
            )
            .bind(tenant, id, sha256, bytes.length, filename, clock.now(), claim, lifetime ?? null),
          db.prepare(`SELECT * FROM files WHERE tenant_id = ?1 AND file_id = ?2`).bind(tenant, id),
        ])
        const [row] = found!.results
        if (row === undefined) throw new Error(`file ${id}: its object's claim has expired`)
        return fileOf(row)
      }),

    async delete(tenant, id) {
      await find(tenant, id)
      if (await remove(tenant, id)) return
      await find(tenant, id)
      throw new Fault({ kind: 'conflict', detail: `file ${id} is being imported; wait for the end of the import` })
    },

    async expire(limit) {
      const { results } = await db
        .prepare(`SELECT tenant_id, file_id FROM files WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2`)
        .bind(clock.now(), limit)
        .all<{ tenant_id: string; file_id: string }>()
      let expired = 0
      for (const { tenant_id: tenant, file_id: id } of results) if (await remove(tenant, id)) expired++
      return expired
    },

    async open(tenant, sha256) {
      const pieces = await piecesOf(tenant, sha256)
      if (pieces === null) throw new Fault({ kind: 'not_found', resource: 'file', id: sha256 })
      return filePieces(bucket, pieces)
    },
  }
}
