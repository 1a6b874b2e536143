/**
 * {@link ImportPictures}: bytes in R2 at their hash, names in `import_images`.
 * @module
 */
import pMap from 'p-map'
import { Fault, unprocessableField } from '../contracts/failure.ts'
import type { ImportPictures, NamedReference } from '../contracts/import-ports.ts'
import type { ImageReference } from '../contracts/item.ts'
import { endsOf, pathOfKey, twoPictures } from '../contracts/picture-path.ts'
import { holdsClaim, type ObjectClaims } from './object-claims.ts'
import { objectKey } from './objects.ts'

/** R2 takes at most six requests of an invocation at a time. */
const PUTS_AT_ONCE = 6

/** Names per statement of `clear`. */
const CLEARED_AT_ONCE = 1000

type Row = ImageReference & { readonly name: string; readonly stem: string }

/** Rows of an import in progress only: a straggler adds nothing after the end. */
const IN_PROGRESS = `EXISTS (SELECT 1 FROM dataset_imports WHERE tenant_id = ?1 AND import_id = ?2 AND status = 'in_progress')`

export function createImportPictures(
  db: D1Database,
  bucket: R2Bucket,
  claims: ObjectClaims,
  tenant: string,
  importId: string,
): ImportPictures {
  const prepare = (sql: string, ...values: readonly unknown[]) => db.prepare(sql).bind(tenant, importId, ...values)

  /** @param rows - JSON [{name, sha256, …}] */
  async function refuseOthers(rows: string): Promise<void> {
    const other = await prepare(
      `SELECT i.name FROM json_each(?3) JOIN import_images i ON i.tenant_id = ?1 AND i.import_id = ?2
         AND i.name = value ->> 'name' WHERE i.sha256 <> value ->> 'sha256' LIMIT 1`,
      rows,
    ).first<{ name: string }>()
    if (other !== null) throw sharedPath(other.name)
  }

  const during = (digests: readonly string[], use: (claim: string) => Promise<void>) =>
    claims.during(
      tenant,
      digests.map((digest) => ({ kind: 'image', digest })),
      use,
    )

  return {
    async add(pictures) {
      const contents = contentsOf(pictures.map(({ name, reference, bytes }) => ({ name, sha256: reference.sha256, bytes })))
      const rows = JSON.stringify(pictures.map(({ name, stem, reference }) => ({ name, stem, ...reference })))
      await refuseOthers(rows)
      await during([...contents.keys()], async (claim) => {
        await pMap(contents, ([sha256, bytes]) => bucket.put(objectKey.image(tenant, sha256), bytes), {
          concurrency: PUTS_AT_ONCE,
        })
        await prepare(
          `INSERT INTO import_images (tenant_id, import_id, name, stem, sha256, media_type, bytes, width, height)
           SELECT ?1, ?2, value ->> 'name', value ->> 'stem', value ->> 'sha256', value ->> 'media_type',
                  value ->> 'bytes', value ->> 'width', value ->> 'height'
           FROM json_each(?3) WHERE ${IN_PROGRESS} AND ${holdsClaim('?1', '?4')} ON CONFLICT DO NOTHING`,
          rows,
          claim,
        ).run()
      })
    },

    async name(pictures) {
      contentsOf(pictures.map(({ name, sha256 }) => ({ name, sha256, bytes: undefined })))
      const rows = JSON.stringify(pictures)
      const absent = await db
        .prepare(
          `SELECT value ->> 'sha256' AS sha256 FROM json_each(?2) WHERE NOT EXISTS (
             SELECT 1 FROM images i WHERE i.tenant_id = ?1 AND i.sha256 = value ->> 'sha256') LIMIT 1`,
        )
        .bind(tenant, rows)
        .first<{ sha256: string }>()
      if (absent !== null) throw new Fault({ kind: 'not_found', resource: 'image', id: `img_${absent.sha256}` })
      await refuseOthers(rows)
      await prepare(
        `INSERT INTO import_images (tenant_id, import_id, name, stem, sha256, media_type, bytes, width, height)
         SELECT ?1, ?2, value ->> 'name', value ->> 'stem', i.sha256, i.media_type, i.bytes, i.width, i.height
         FROM json_each(?3) JOIN images i ON i.tenant_id = ?1 AND i.sha256 = value ->> 'sha256'
         WHERE ${IN_PROGRESS} ON CONFLICT DO NOTHING`,
        rows,
      ).run()
    },

    async find(names) {
      const columns = 'name, stem, sha256, media_type, bytes, width, height'
      const where = (column: string, some: string) =>
        `SELECT ${columns} FROM import_images WHERE tenant_id = ?1 AND import_id = ?2 AND ${column} IN (${some})`
      const ends = 'SELECT value FROM json_each(?4)'
      const found = [where('name', ends), where('stem', ends), where('name', below('name')), where('name', below('stem'))]
      const { results } = await prepare(
        `${found.join(' UNION ')} ORDER BY name`,
        JSON.stringify(names),
        JSON.stringify([...new Set(names.flatMap(endsOf))]),
      ).all<Row>()
      return results.map(({ name, stem, ...reference }): NamedReference => ({ name, stem, reference }))
    },

    async use(digests) {
      await prepare(
        `UPDATE import_images SET used = 1
         WHERE tenant_id = ?1 AND import_id = ?2 AND used = 0 AND sha256 IN (SELECT value FROM json_each(?3))`,
        JSON.stringify(digests),
      ).run()
    },

    async count() {
      const row = await prepare(
        `SELECT COUNT(DISTINCT sha256) AS pictures, COUNT(DISTINCT IIF(used = 1, sha256, NULL)) AS used, MIN(name) AS first
         FROM import_images WHERE tenant_id = ?1 AND import_id = ?2`,
      ).first<{ pictures: number; used: number; first: string | null }>()
      return { ...row!, first: row!.first === null ? null : pathOfKey(row!.first) }
    },

    async clear() {
      const some = `SELECT name FROM import_images WHERE tenant_id = ?1 AND import_id = ?2 ORDER BY name LIMIT ${CLEARED_AT_ONCE}`
      for (;;) {
        const [deleted] = await claims.deleteRows(
          tenant,
          `SELECT DISTINCT 'image' AS kind, sha256 AS digest FROM import_images
           WHERE tenant_id = ?1 AND import_id = ?2 AND name IN (${some})`,
          importId,
          [prepare(`DELETE FROM import_images WHERE tenant_id = ?1 AND import_id = ?2 AND name IN (${some})`)],
        )
        if (deleted!.meta.changes === 0) return
      }
    },
  }
}

/**
 * Names of at most two different pictures per text: those whose paths have further folders before it. The
 * second look-up ends at the first other picture, so thousands of pictures of one file name cost two rows.
 */
const below = (column: 'name' | 'stem') => {
  const some = `SELECT i.name FROM import_images i WHERE i.tenant_id = ?1 AND i.import_id = ?2
    AND i.${column} >= asked.key || '/' AND i.${column} < asked.key || '0'`
  return `
    WITH asked AS (SELECT value AS key FROM json_each(?3)),
    one AS MATERIALIZED (SELECT key, (${some} ORDER BY i.${column} LIMIT 1) AS name FROM asked),
    another AS MATERIALIZED (SELECT (${some} AND i.sha256 <> (SELECT o.sha256 FROM import_images o
      WHERE o.tenant_id = ?1 AND o.import_id = ?2 AND o.name = asked.name) ORDER BY i.${column} LIMIT 1) AS name
      FROM one AS asked WHERE asked.name IS NOT NULL)
    SELECT name FROM one WHERE name IS NOT NULL UNION SELECT name FROM another WHERE name IS NOT NULL`
}

const sharedPath = (name: string) => unprocessableField('', twoPictures(pathOfKey(name)))

/** Contents by digest. @throws {Fault} `unprocessable` if two have one name */
function contentsOf<T>(
  pictures: readonly { readonly name: string; readonly sha256: string; readonly bytes: T }[],
): Map<string, T> {
  const digestOf = new Map<string, string>()
  for (const { name, sha256 } of pictures) {
    if ((digestOf.get(name) ?? sha256) !== sha256) throw sharedPath(name)
    digestOf.set(name, sha256)
  }
  return new Map(pictures.map(({ sha256, bytes }) => [sha256, bytes]))
}
