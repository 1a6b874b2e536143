/**
 * Pictures stored individually (`POST /v1/images`).
 * @module
 */
import type { CatalogueStore } from '../../contracts/catalogue-ports.ts'
import type { ImageReference } from '../../contracts/item.ts'
import type { Clock } from '../../contracts/ports.ts'
import { statement } from '../named-statement.ts'
import { findRow, type NamedTable } from './rows.ts'

const IMAGES: NamedTable = { table: 'images', idColumn: 'sha256', resource: 'image' }

export function createImageStore(db: D1Database, clock: Clock): CatalogueStore['images'] {
  return {
    async put(tenant, { sha256, media_type: mediaType, bytes, width, height }) {
      const values = { tenant, sha256, mediaType, bytes, width, height, now: clock.now() }
      const [inserted, found] = await db.batch<{ created_at: number }>([
        statement(
          db,
          `INSERT INTO images (tenant_id, sha256, media_type, bytes, width, height, created_at)
           VALUES (:tenant, :sha256, :mediaType, :bytes, :width, :height, :now) ON CONFLICT DO NOTHING`,
          values,
        ),
        statement(db, `SELECT created_at FROM images WHERE tenant_id = :tenant AND sha256 = :sha256`, values),
      ])
      return { createdAt: found!.results[0]!.created_at, created: inserted!.meta.changes === 1 }
    },

    async find(tenant, sha256) {
      const row = await findRow<ImageReference & { created_at: number }>(db, IMAGES, tenant, sha256, `img_${sha256}`)
      const { media_type, bytes, width, height, created_at: createdAt } = row
      return { sha256, media_type, bytes, width, height, createdAt }
    },
  }
}
