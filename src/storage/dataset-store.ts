/**
 * Dataset versions: facts in D1, items and columns in R2 under the version's digest.
 * @module
 */
import { canonicalJson } from '../contracts/canonical-json.ts'
import type { DatasetStore, VersionFacts } from '../contracts/catalogue-ports.ts'
import type { DatasetVersion, ItemColumns, StratumVocabulary } from '../contracts/dataset.ts'
import { sha256Hex } from '../contracts/digest.ts'
import { Fault } from '../contracts/failure.ts'
import type { Candidate, Item } from '../contracts/item.ts'
import type { Clock } from '../contracts/ports.ts'
import { holdsClaim, type ObjectClaims, type ObjectName } from './object-claims.ts'
import { statement } from './named-statement.ts'
import { objectKey } from './objects.ts'
import { pageClause, pageValues } from './page.ts'
import { blockChecksums, readChecked } from './block-checksums.ts'
import { IS_UNFINISHED } from './runs/conditions.ts'
import { encodeOffsets, type PackedChecksums, packedChecksums, packLines, readChecksums, readLines } from './packed-lines.ts'

interface VersionRow {
  tenant_id: string
  dataset_id: string
  name: string
  digest: string
  task: DatasetVersion['task']
  format: string
  items: number
  images: number
  clusters: number
  manifest: string
  created_at: number
}

/** The column with that name. */
interface Manifest {
  readonly strata: readonly StratumVocabulary[]
  readonly source: Readonly<Record<string, string>>
  readonly candidates?: readonly Candidate[]
  /** SHA-256 of the version's `checksums.json`; absent from older versions. */
  readonly checksums?: string
}

const SELECT_VERSION = `SELECT v.*, d.name FROM dataset_versions v JOIN datasets d ON d.tenant_id = v.tenant_id AND d.dataset_id = v.dataset_id`

export function createDatasetStore(
  db: D1Database,
  bucket: R2Bucket,
  clock: Clock,
  newId: () => string,
  claims: ObjectClaims,
): DatasetStore {
  async function findVersion(tenant: string, datasetId: string, digest: string | undefined): Promise<DatasetVersion | null> {
    const row = await findRow(tenant, datasetId, digest)
    return row && versionOf(row)
  }

  async function findRow(tenant: string, datasetId: string, digest: string | undefined): Promise<VersionRow | null> {
    return db
      .prepare(
        `${SELECT_VERSION} WHERE v.tenant_id = ?1 AND v.dataset_id = ?2 AND (?3 IS NULL OR v.digest = ?3) ORDER BY v.sequence DESC LIMIT 1`,
      )
      .bind(tenant, datasetId, digest ?? null)
      .first<VersionRow>()
  }

  async function find(tenant: string, reference: string): Promise<DatasetVersion> {
    const [, datasetId, digest] = /^([^@]+)(?:@([0-9a-f]{64}))?$/.exec(reference) ?? []
    const version = datasetId === undefined ? null : await findVersion(tenant, datasetId, digest)
    if (version === null) throw new Fault({ kind: 'not_found', resource: 'dataset', id: reference })
    return version
  }

  type Committed = { version: DatasetVersion; created: boolean }

  function commit(
    version: VersionFacts,
    offsets: Uint32Array,
    storeItems: () => Promise<readonly string[] | null>,
  ): Promise<Committed | null> {
    const { tenant, digest, imageDigests } = version
    const names: ObjectName[] = [
      { kind: 'dataset', digest },
      ...imageDigests.map((image) => ({ kind: 'image', digest: image }) as const),
    ]
    return claims.during(tenant, names, async (claim) => {
      const body = await storeItems()
      if (body === null) return null
      const index = encodeOffsets(offsets)
      const columns = encodeColumns(version.columns)
      const checksums = JSON.stringify(await packedChecksums(body, index, columns))
      // Objects first, so that a version in the database is complete.
      await Promise.all([
        bucket.put(objectKey.dataset(tenant, digest, 'items.idx'), index),
        bucket.put(objectKey.dataset(tenant, digest, 'columns.bin'), columns),
        bucket.put(objectKey.dataset(tenant, digest, 'checksums.json'), checksums),
      ])
      return insert(version, claim, await sha256Hex(checksums))
    })
  }

  /** Makes the version visible. @throws {Error} if the claim on its objects has expired */
  async function insert(version: VersionFacts, claim: string, checksums: string): Promise<Committed> {
    const { tenant, digest } = version
    const now = clock.now()
    const { strata, source, candidates } = version
    const manifest = JSON.stringify({ strata, source, ...(candidates && { candidates }), checksums } satisfies Manifest)
    const results = await db.batch([
      db
        .prepare(
          `INSERT INTO datasets (tenant_id, dataset_id, name, created_at) SELECT ?1, ?2, ?3, ?4 WHERE ${holdsClaim('?1', '?5')}
           ON CONFLICT (tenant_id, name) DO NOTHING`,
        )
        .bind(tenant, newId(), version.name, now, claim),
      db
        .prepare(
          `INSERT INTO dataset_versions (tenant_id, dataset_id, digest, sequence, task, format, items, images, clusters, manifest, created_at)
           SELECT ?1, dataset_id, ?3,
                  (SELECT COUNT(*) FROM dataset_versions v WHERE v.tenant_id = ?1 AND v.dataset_id = datasets.dataset_id),
                  ?4, ?5, ?6, ?7, ?8, ?9, ?10
           FROM datasets WHERE tenant_id = ?1 AND name = ?2 AND ${holdsClaim('?1', '?11')} ON CONFLICT DO NOTHING`,
        )
        .bind(
          tenant,
          version.name,
          digest,
          version.task,
          version.format,
          version.items,
          version.images,
          version.clusters,
          manifest,
          now,
          claim,
        ),
      db
        .prepare(
          `INSERT INTO dataset_images (tenant_id, dataset_id, digest, sha256)
           SELECT ?1, dataset_id, ?3, value FROM datasets, json_each(?4)
           WHERE tenant_id = ?1 AND name = ?2 AND ${holdsClaim('?1', '?5')} ON CONFLICT DO NOTHING`,
        )
        .bind(tenant, version.name, digest, JSON.stringify(version.imageDigests), claim),
      db
        .prepare(
          `INSERT INTO dataset_images (tenant_id, dataset_id, digest, sha256)
           SELECT DISTINCT ?1, d.dataset_id, ?3, i.sha256 FROM datasets d, import_images i
           WHERE d.tenant_id = ?1 AND d.name = ?2 AND i.tenant_id = ?1 AND i.import_id = ?4 AND i.used = 1
             AND ${holdsClaim('?1', '?5')} ON CONFLICT DO NOTHING`,
        )
        .bind(tenant, version.name, digest, version.imagesOfImport ?? '', claim),
      db.prepare(`${SELECT_VERSION} WHERE v.tenant_id = ?1 AND d.name = ?2 AND v.digest = ?3`).bind(tenant, version.name, digest),
    ])
    const [row] = results.at(-1)!.results as unknown as VersionRow[]
    if (row === undefined) throw new Error(`dataset ${version.name}@${digest}: its objects' claim has expired`)
    return { version: versionOf(row), created: results[1]!.meta.changes === 1 }
  }

  return {
    find,

    async put(version, storePictures) {
      const { body, offsets } = packLines(version.orderedItems, canonicalJson)
      const committed = await commit(version, offsets, async () => {
        await storePictures?.()
        await bucket.put(objectKey.dataset(version.tenant, version.digest, 'items.jsonl'), body)
        return blockChecksums(body)
      })
      return committed!
    },

    commit,

    async list(tenant, page) {
      const { results } = await statement(
        db,
        `SELECT v.*, d.name FROM datasets d CROSS JOIN dataset_versions v ON v.tenant_id = d.tenant_id
           AND v.dataset_id = d.dataset_id AND v.sequence = (SELECT MAX(sequence) FROM dataset_versions w
             WHERE w.tenant_id = d.tenant_id AND w.dataset_id = d.dataset_id)
         WHERE d.tenant_id = :tenant ${pageClause('d.dataset_id', page)}`,
        { tenant, ...pageValues(page) },
      ).all<VersionRow>()
      return results.map(versionOf)
    },

    async open(tenant, datasetId, digest) {
      const row = await findRow(tenant, datasetId, digest)
      const gone = new Fault({ kind: 'not_found', resource: 'dataset', id: `${datasetId}@${digest}` })
      if (row === null) throw gone
      const version = versionOf(row)
      const { checksums: checksumsDigest } = JSON.parse(row.manifest) as Manifest
      let found: PackedChecksums | null | undefined
      /** null: the version was stored before checksums existed. */
      const checksums = async () =>
        (found ??= checksumsDigest === undefined ? null : await readChecksums(bucket, key('checksums.json'), checksumsDigest))
      const key = (part: Parameters<typeof objectKey.dataset>[2]) => objectKey.dataset(tenant, digest, part)
      /** Objects are deleted after their row. A version deleted meanwhile is not damaged. */
      const unlessDeleted = async <T>(read: Promise<T>): Promise<T> => {
        try {
          return await read
        } catch (error) {
          if ((await findVersion(tenant, datasetId, digest)) === null) throw gone
          throw error
        }
      }
      return {
        version,
        items: (first, end) =>
          unlessDeleted(
            checksums().then(async (known) =>
              withCandidates(
                await readLines<Item>(bucket, key('items.jsonl'), key('items.idx'), first, end, known),
                version.candidates,
              ),
            ),
          ),
        clusters: (first, end) =>
          unlessDeleted(checksums().then((known) => readClusters(bucket, key('columns.bin'), first, end, known))),
        columns: () => unlessDeleted(checksums().then((known) => readColumns(bucket, key('columns.bin'), version, known))),
      }
    },

    async delete(tenant, datasetId) {
      if ((await findVersion(tenant, datasetId, undefined)) === null)
        throw new Fault({ kind: 'not_found', resource: 'dataset', id: datasetId })
      const unused = `NOT EXISTS (SELECT 1 FROM runs WHERE tenant_id = ?1 AND dataset_id = ?2 AND ${IS_UNFINISHED})`
      const [, , deleted] = await claims.deleteRows(
        tenant,
        `SELECT 'dataset' AS kind, digest FROM dataset_versions WHERE tenant_id = ?1 AND dataset_id = ?2
         UNION SELECT 'image', sha256 FROM dataset_images WHERE tenant_id = ?1 AND dataset_id = ?2`,
        datasetId,
        ['dataset_images', 'dataset_versions', 'datasets'].map((table) =>
          db.prepare(`DELETE FROM ${table} WHERE tenant_id = ?1 AND dataset_id = ?2 AND ${unused}`).bind(tenant, datasetId),
        ),
      )
      if (deleted!.meta.changes === 0)
        throw new Fault({
          kind: 'conflict',
          detail: `dataset ${datasetId} is used by a run in progress, or by one whose batches or jobs are being stopped; cancel the run or wait for its end`,
        })
    },

    whileStoring: (tenant, kind, digest, store) => claims.during(tenant, [{ kind, digest }], store),
  }
}

function versionOf(row: VersionRow): DatasetVersion {
  const manifest = JSON.parse(row.manifest) as Manifest
  return {
    tenant: row.tenant_id,
    datasetId: row.dataset_id,
    name: row.name,
    digest: row.digest,
    task: row.task,
    format: row.format,
    items: row.items,
    images: row.images,
    clusters: row.clusters,
    strata: manifest.strata,
    source: manifest.source,
    createdAt: row.created_at,
    ...(manifest.candidates && { candidates: manifest.candidates }),
  }
}

/** Labels of a dataset are stored once, and every item is read with them. */
function withCandidates(items: Item[], candidates: readonly Candidate[] | undefined): Item[] {
  return candidates === undefined ? items : items.map((item) => ({ ...item, candidates }))
}

/** Little-endian: n cluster ranks (u32), then n codes (u16) per stratum. */
function encodeColumns({ cluster, strata }: ItemColumns): Uint8Array {
  const n = cluster.length
  const view = new DataView(new ArrayBuffer(4 * n + 2 * n * strata.length))
  cluster.forEach((rank, ordinal) => view.setUint32(4 * ordinal, rank, true))
  strata.forEach((codes, stratum) =>
    codes.forEach((code, ordinal) => view.setUint16(4 * n + 2 * (n * stratum + ordinal), code, true)),
  )
  return new Uint8Array(view.buffer)
}

/** The cluster ranks of items [first, end), by one range read. */
async function readClusters(
  bucket: R2Bucket,
  key: string,
  first: number,
  end: number,
  checksums: PackedChecksums | null,
): Promise<Uint32Array> {
  if (end <= first) return new Uint32Array()
  const bytes = await readChecked(bucket, key, checksums?.columns ?? null, 4 * first, 4 * (end - first))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: end - first }, (_, index) => view.getUint32(4 * index, true))
}

async function readColumns(
  bucket: R2Bucket,
  key: string,
  version: DatasetVersion,
  checksums: PackedChecksums | null,
): Promise<ItemColumns> {
  const bytes = version.items * (4 + 2 * version.strata.length)
  const columns = await readChecked(bucket, key, checksums?.columns ?? null, 0, bytes)
  return decodeColumns(columns, version.items, version.strata.length)
}

function decodeColumns(bytes: Uint8Array, items: number, strata: number): ItemColumns {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    cluster: Uint32Array.from({ length: items }, (_, ordinal) => view.getUint32(4 * ordinal, true)),
    strata: Array.from({ length: strata }, (_unused, stratum) =>
      Uint16Array.from({ length: items }, (_, ordinal) => view.getUint16(4 * items + 2 * (items * stratum + ordinal), true)),
    ),
  }
}
