/**
 * {@link UploadSessions}: facts in D1, each part an object in R2.
 *
 * R2's multipart upload needs parts of equal size, and their numbers when they are sent. This API promises
 * neither (the order comes with `complete`). So parts stay objects, and a completed file is the ordered list
 * of its upload's parts. Nothing is copied, and parts may have any size.
 * @module
 */
import type { Located, UploadPartRecord, UploadRecord, UploadSessions } from '../contracts/import-ports.ts'
import { toHex } from '../contracts/digest.ts'
import { Fault, invalidField } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import { type FileRow, fileOf } from './file-store.ts'
import type { ObjectClaims } from './object-claims.ts'
import { objectKey } from './objects.ts'
import { type FilePiece, filePieces, pipePieces } from './stored-file.ts'

/** Time limit for sending all parts and completing. */
const UPLOAD_MILLISECONDS = 24 * 60 * 60 * 1000

/** The objects of a pending upload. They are deleted if the upload ends without a file. */
const PENDING = `SELECT 'upload' AS kind, upload_id AS digest FROM uploads WHERE tenant_id = ?1 AND upload_id = ?2 AND status = 'pending'`

interface UploadRow {
  tenant_id: string
  upload_id: string
  filename: string
  mime_type: string
  bytes: number
  status: UploadRecord['status']
  file_id: string | null
  created_at: number
  expires_at: number
  /** Milliseconds for which its file is kept; null: it does not expire. */
  file_lifetime: number | null
}

/** @param newId - 32 hex digits that sort by creation time */
export function createUploadSessions(
  db: D1Database,
  bucket: R2Bucket,
  clock: Clock,
  newId: () => string,
  claims: ObjectClaims,
): UploadSessions {
  async function findRow(tenant: string, id: string): Promise<UploadRow> {
    const row = await db
      .prepare(`SELECT * FROM uploads WHERE tenant_id = ?1 AND upload_id = ?2`)
      .bind(tenant, id)
      .first<UploadRow>()
    if (row === null) throw new Fault({ kind: 'not_found', resource: 'upload', id })
    return row
  }

  /** @throws {Fault} `conflict` */
  async function findPending(tenant: string, id: string): Promise<UploadRow> {
    const row = await findRow(tenant, id)
    if (row.status !== 'pending' || row.expires_at <= clock.now()) throw ended(row)
    return row
  }

  async function recordOf(row: UploadRow): Promise<UploadRecord> {
    const file =
      row.file_id === null
        ? null
        : await db
            .prepare(`SELECT * FROM files WHERE tenant_id = ?1 AND file_id = ?2`)
            .bind(row.tenant_id, row.file_id)
            .first<FileRow>()
    return {
      id: row.upload_id,
      filename: row.filename,
      mimeType: row.mime_type,
      bytes: row.bytes,
      status: row.status,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      file: file && fileOf(file),
    }
  }

  async function partsOf(tenant: string, id: string): Promise<Map<string, Located>> {
    const { results } = await db
      .prepare(`SELECT part_id, offset, bytes FROM upload_parts WHERE tenant_id = ?1 AND upload_id = ?2`)
      .bind(tenant, id)
      .all<Located & { part_id: string }>()
    return new Map(results.map(({ part_id, offset, bytes }) => [part_id, { offset, bytes }]))
  }

  /**
   * For an upload that has become a file: drops parts that do not belong to it, including those that a crash
   * left without a row.
   */
  async function dropOddParts(tenant: string, id: string): Promise<void> {
    const { results } = await db
      .prepare(`SELECT part_id FROM upload_parts WHERE tenant_id = ?1 AND upload_id = ?2 AND position IS NOT NULL`)
      .bind(tenant, id)
      .all<{ part_id: string }>()
    const kept = new Set(results.map(({ part_id }) => objectKey.uploadPart(tenant, id, part_id)))
    let cursor: string | undefined
    do {
      const page = await bucket.list({
        prefix: objectKey.uploadPart(tenant, id, ''),
        ...(cursor === undefined ? {} : { cursor }),
      })
      const keys = page.objects.map(({ key }) => key).filter((key) => !kept.has(key))
      if (keys.length > 0) await bucket.delete(keys)
      cursor = page.truncated ? page.cursor : undefined
    } while (cursor !== undefined)
    await db
      .prepare(`DELETE FROM upload_parts WHERE tenant_id = ?1 AND upload_id = ?2 AND position IS NULL`)
      .bind(tenant, id)
      .run()
  }

  async function end(row: UploadRow, status: 'cancelled' | 'expired'): Promise<boolean> {
    const [ended] = await claims.deleteRows(row.tenant_id, PENDING, row.upload_id, [
      db
        .prepare(`UPDATE uploads SET status = ?3 WHERE tenant_id = ?1 AND upload_id = ?2 AND status = 'pending'`)
        .bind(row.tenant_id, row.upload_id, status),
    ])
    return ended!.meta.changes === 1
  }

  async function digestsOf(pieces: readonly FilePiece[], md5: string | undefined): Promise<{ md5?: string; sha256: string }> {
    const sha256 = await digestPieces(bucket, pieces, 'SHA-256')
    return md5 === undefined ? { sha256 } : { md5: await digestPieces(bucket, pieces, 'MD5'), sha256 }
  }

  async function complete(
    tenant: string,
    uploadId: string,
    partIds: readonly string[],
    md5: string | undefined,
    fileId: string,
  ): Promise<UploadRecord> {
    const found = await findRow(tenant, uploadId)
    if (found.status === 'completed') return recordOf(found)
    const upload = await findPending(tenant, uploadId)
    const parts = await partsOf(tenant, uploadId)
    const pieces = partIds.map((id, index): FilePiece => {
      const located = parts.get(id)
      if (located === undefined) throw invalidField(`/part_ids/${index}`, `this upload has no part ${JSON.stringify(id)}`)
      if (partIds.indexOf(id) !== index) throw invalidField(`/part_ids/${index}`, `${id} was named before`)
      return { key: objectKey.uploadPart(tenant, uploadId, id), ...located }
    })
    const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total !== upload.bytes)
      throw invalidField(
        '/part_ids',
        `the parts have ${total} bytes in all, the upload was declared with ${upload.bytes}; add the missing parts, or cancel and declare the right size`,
      )
    const digests = await digestsOf(pieces, md5).catch(async (error: unknown) => {
      // Its parts may be gone because the upload was ended.
      await findPending(tenant, uploadId)
      throw error
    })
    if (digests.md5 !== md5?.toLowerCase())
      throw invalidField('/md5', `the parts in this order have the MD5 ${digests.md5}; check their order, or send them again`)
    const pending = `EXISTS (SELECT 1 FROM uploads WHERE tenant_id = ?1 AND upload_id = ?2 AND status = 'pending')`
    await claims.deleteRows(tenant, PENDING, uploadId, [
      db
        .prepare(
          `INSERT INTO files (tenant_id, file_id, sha256, bytes, filename, purpose, created_at, expires_at, upload_id)
           SELECT ?1, ?3, ?4, ?5, ?6, 'evals', ?7, ?7 + ?8,
                  -- If this content is stored already, it stays in its place.
                  CASE WHEN EXISTS (SELECT 1 FROM files WHERE tenant_id = ?1 AND sha256 = ?4)
                    THEN (SELECT upload_id FROM files WHERE tenant_id = ?1 AND sha256 = ?4 LIMIT 1) ELSE ?2 END
           WHERE ${pending} ON CONFLICT DO NOTHING`,
        )
        .bind(tenant, uploadId, fileId, digests.sha256, total, upload.filename, clock.now(), upload.file_lifetime),
      db
        .prepare(
          `UPDATE upload_parts SET position = (SELECT key FROM json_each(?3) WHERE value = part_id)
           WHERE tenant_id = ?1 AND upload_id = ?2 AND ${pending}`,
        )
        .bind(tenant, uploadId, JSON.stringify(partIds)),
      db
        .prepare(
          `UPDATE uploads SET status = 'completed', file_id = ?3 WHERE tenant_id = ?1 AND upload_id = ?2 AND status = 'pending'`,
        )
        .bind(tenant, uploadId, fileId),
    ])
    const completed = await findRow(tenant, uploadId)
    if (completed.status !== 'completed') throw ended(completed)
    await dropOddParts(tenant, uploadId)
    return recordOf(completed)
  }

  const sessions: UploadSessions = {
    async create(tenant, id, { filename, mimeType, bytes, lifetime }) {
      const now = clock.now()
      await db
        .prepare(
          `INSERT INTO uploads (tenant_id, upload_id, filename, mime_type, bytes, status, created_at, expires_at, file_lifetime)
           VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6, ?7, ?8) ON CONFLICT DO NOTHING`,
        )
        .bind(tenant, id, filename, mimeType, bytes, now, now + UPLOAD_MILLISECONDS, lifetime ?? null)
        .run()
      return recordOf(await findRow(tenant, id))
    },

    async requirePending(tenant, uploadId) {
      await findPending(tenant, uploadId)
    },

    async addPart(tenant, uploadId, body, locate): Promise<UploadPartRecord> {
      const upload = await findPending(tenant, uploadId)
      const part = { id: `part_${newId()}`, createdAt: clock.now() }
      const key = objectKey.uploadPart(tenant, uploadId, part.id)
      await bucket.put(key, body)
      let located: Located
      try {
        located = locate()
      } catch (error) {
        await bucket.delete(key)
        throw error
      }
      // Conditional, so that no cancellation and no concurrent part is overlooked.
      const { meta } = await db
        .prepare(
          `INSERT INTO upload_parts (tenant_id, upload_id, part_id, offset, bytes, created_at)
           SELECT tenant_id, upload_id, ?3, ?6, ?4, ?5 FROM uploads WHERE tenant_id = ?1 AND upload_id = ?2 AND status = 'pending'
             AND bytes >= ?4 + (SELECT COALESCE(SUM(bytes), 0) FROM upload_parts WHERE tenant_id = ?1 AND upload_id = ?2)`,
        )
        .bind(tenant, uploadId, part.id, located.bytes, part.createdAt, located.offset)
        .run()
      if (meta.changes === 1) return part
      await bucket.delete(key)
      await findPending(tenant, uploadId)
      throw new Fault({
        kind: 'too_large',
        what: 'the sum of the parts',
        limit: upload.bytes,
        unit: 'bytes, as declared for this upload',
        pointer: 'data',
        remedy: 'declare the size of the whole file in POST /v1/uploads',
      })
    },

    complete: (tenant, uploadId, partIds, md5) => complete(tenant, uploadId, partIds, md5, `file-${newId()}`),

    async cancel(tenant, uploadId) {
      const row = await findRow(tenant, uploadId)
      if (row.status === 'cancelled') return recordOf(row)
      if (!(await end(row, 'cancelled'))) throw ended(await findRow(tenant, uploadId))
      return recordOf(await findRow(tenant, uploadId))
    },

    async hold(tenant, body, bytes, use) {
      const { id } = await sessions.create(tenant, `upload_${newId()}`, { filename: '', mimeType: 'multipart/form-data', bytes })
      try {
        const partId = `part_${newId()}`
        const key = objectKey.uploadPart(tenant, id, partId)
        const { size } = (await bucket.put(key, body))!
        return await use({
          ...filePieces(bucket, [{ key, offset: 0, bytes: size }]),
          digest: (located) => digestPieces(bucket, [{ key, ...located }], 'SHA-256'),
          async keep(located, filename, fileId, lifetime) {
            await db.batch([
              db
                .prepare(
                  `INSERT INTO upload_parts (tenant_id, upload_id, part_id, offset, bytes, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
                )
                .bind(tenant, id, partId, located.offset, located.bytes, clock.now()),
              db
                .prepare(
                  `UPDATE uploads SET filename = ?3, bytes = ?4, file_lifetime = ?5 WHERE tenant_id = ?1 AND upload_id = ?2`,
                )
                .bind(tenant, id, filename, located.bytes, lifetime ?? null),
            ])
            return (await complete(tenant, id, [partId], undefined, fileId)).file!
          },
        })
      } finally {
        // Nothing to delete in its old place.
        await end(await findRow(tenant, id), 'cancelled')
        await db.prepare(`DELETE FROM uploads WHERE tenant_id = ?1 AND upload_id = ?2`).bind(tenant, id).run()
      }
    },

    async expire(limit) {
      const { results } = await db
        .prepare(`SELECT * FROM uploads WHERE status = 'pending' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2`)
        .bind(clock.now(), limit)
        .all<UploadRow>()
      let ended = 0
      for (const row of results) if (await end(row, 'expired')) ended++
      return ended
    },
  }
  return sessions
}

function ended({ upload_id, status }: UploadRow): Fault {
  const what = status === 'pending' ? 'expired' : status
  return new Fault({ kind: 'conflict', detail: `upload ${upload_id} is ${what}; create a new one` })
}

/** Reads all bytes once per digest, without passing them through JavaScript. */
async function digestPieces(bucket: R2Bucket, pieces: readonly FilePiece[], algorithm: 'SHA-256' | 'MD5'): Promise<string> {
  const stream = new crypto.DigestStream(algorithm)
  const [digest] = await Promise.all([stream.digest, pipePieces(bucket, pieces, stream)])
  return toHex(new Uint8Array(digest))
}
