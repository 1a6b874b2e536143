/**
 * Objects that several rows may name by their content: who is writing some holds a claim, what nothing names or claims is doomed and then
 * deleted. Both lists stand in D1, where a claim and a doom exclude each other, so an object that a row names is never deleted, and one
 * that no row names is, by whoever leaves it or later by the sweep.
 *
 * What is not promised by a transaction is promised by time: whoever holds a claim writes, and whoever dooms deletes, within an hour and
 * half an hour; an invocation lasts 15 minutes.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import { objectKey } from './objects.ts'
import { hasCome } from './set-back-clock.ts'
import { deleteFile } from './stored-file.ts'

export interface ObjectName {
  /**
   * The files of a dataset version and the answers in its order, a picture, a file that came whole, all that an upload brought, or a file of
   * an added model.
   */
  readonly kind: 'dataset' | 'image' | 'file' | 'upload' | 'model'
  /** Of an upload, its id. */
  readonly digest: string
}

const CLAIM_MILLISECONDS = 60 * 60_000
const DELETION_MILLISECONDS = 30 * 60_000
/** R2 deletes at most 1000 keys a call. */
const NAMES_AT_ONCE = 300
const TRIES = 25

/** Whether a row names what `c`, a row of either table, is about. The parts of an upload are its own until it ends. */
const NAMED = `CASE c.kind
  WHEN 'dataset' THEN EXISTS (SELECT 1 FROM dataset_versions v WHERE v.tenant_id = c.tenant_id AND v.digest = c.digest)
  WHEN 'file' THEN EXISTS (SELECT 1 FROM files f WHERE f.tenant_id = c.tenant_id AND f.sha256 = c.digest AND f.upload_id IS NULL)
  WHEN 'upload' THEN EXISTS (SELECT 1 FROM files f WHERE f.tenant_id = c.tenant_id AND f.upload_id = c.digest)
    OR EXISTS (SELECT 1 FROM uploads u WHERE u.tenant_id = c.tenant_id AND u.upload_id = c.digest AND u.status = 'pending')
  WHEN 'model' THEN EXISTS (SELECT 1 FROM model_files m WHERE m.tenant_id = c.tenant_id AND m.sha256 = c.digest)
  ELSE EXISTS (SELECT 1 FROM dataset_images i WHERE i.tenant_id = c.tenant_id AND i.sha256 = c.digest)
    OR EXISTS (SELECT 1 FROM images i WHERE i.tenant_id = c.tenant_id AND i.sha256 = c.digest) END`

/** In a batch that relies on a claim. @param tenant, token - numbers of its parameters. */
export const holdsClaim = (tenant: number, token: number) =>
  `EXISTS (SELECT 1 FROM object_claims WHERE tenant_id = ?${tenant} AND token = ?${token})`

export interface ObjectClaims {
  /**
   * Claims objects, each named once, while `use` writes them and, in a batch that {@link holdsClaim}, what names them. What nothing names
   * afterwards is deleted.
   * @throws {Fault} `unavailable` when some are being deleted and that takes long.
   */
  during<T>(tenant: string, names: readonly ObjectName[], use: (token: string) => Promise<T>): Promise<T>
  /**
   * Runs statements that delete rows in one batch, and deletes the objects that nothing names any more.
   * @param naming - a query for `kind` and `digest` of what the rows name; ?1 is the tenant, ?2 `of`.
   * @returns the statements' results.
   */
  leave(tenant: string, naming: string, of: string, statements: readonly D1PreparedStatement[]): Promise<D1Result[]>
  /** Takes up what others have left: expired claims, and deletions that were not ended. Returns how many objects' names. */
  sweep(limit: number): Promise<number>
}

/** @param wait - between two looks at what is being deleted. */
export function createObjectClaims(
  db: D1Database,
  bucket: R2Bucket,
  clock: Clock,
  wait: () => Promise<unknown> = () => new Promise((resolve) => setTimeout(resolve, 200)),
): ObjectClaims {
  async function claim(tenant: string, names: readonly ObjectName[], token: string): Promise<void> {
    const list = JSON.stringify(names.map(({ kind, digest }) => [kind, digest]))
    for (let tries = 0; tries < TRIES; tries++) {
      const { meta } = await db
        .prepare(
          `INSERT INTO object_claims (tenant_id, kind, digest, token, expires_at)
           SELECT ?1, value ->> 0, value ->> 1, ?3, ?4 FROM json_each(?2)
           WHERE NOT EXISTS (SELECT 1 FROM json_each(?2) n JOIN doomed_objects d
             ON d.tenant_id = ?1 AND d.kind = n.value ->> 0 AND d.digest = n.value ->> 1)`,
        )
        .bind(tenant, list, token, clock.now() + CLAIM_MILLISECONDS)
        .run()
      if (meta.changes === names.length) return
      await wait()
    }
    const detail = 'the same content is being deleted at this moment; ask again when that is done'
    throw new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 60 })
  }

  /** In a batch: dooms what this claim alone kept, and gives it back. The first results are the doomed. */
  const giveBack = (tenant: string, token: string, due: number) => [
    db
      .prepare(
        `INSERT INTO doomed_objects (tenant_id, kind, digest, due_at)
         SELECT c.tenant_id, c.kind, c.digest, ?3 FROM object_claims c
         WHERE c.tenant_id = ?1 AND c.token = ?2 AND NOT (${NAMED})
           AND NOT EXISTS (SELECT 1 FROM object_claims o
             WHERE o.tenant_id = c.tenant_id AND o.kind = c.kind AND o.digest = c.digest AND o.token <> ?2)
         RETURNING kind, digest`,
      )
      .bind(tenant, token, due),
    db.prepare(`DELETE FROM object_claims WHERE tenant_id = ?1 AND token = ?2`).bind(tenant, token),
  ]

  async function release(tenant: string, token: string): Promise<void> {
    const due = clock.now() + DELETION_MILLISECONDS
    const [doomed] = await db.batch<ObjectName>(giveBack(tenant, token, due))
    await destroy(tenant, doomed!.results, due)
  }

  /** Deletes what is doomed, unless its time runs out: the sweep does the rest. @param due - as listed. */
  async function destroy(tenant: string, doomed: readonly ObjectName[], due: number): Promise<void> {
    for (let start = 0; start < doomed.length; start += NAMES_AT_ONCE) {
      if (due - clock.now() < DELETION_MILLISECONDS / 2) return
      const names = doomed.slice(start, start + NAMES_AT_ONCE)
      await bucket.delete(names.flatMap((name) => keysOf(tenant, name)))
      for (const name of names) await deleteListed(tenant, name)
      await db
        .prepare(
          `DELETE FROM doomed_objects WHERE tenant_id = ?1 AND due_at = ?3
           AND (kind, digest) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))`,
        )
        .bind(tenant, JSON.stringify(names.map(({ kind, digest }) => [kind, digest])), due)
        .run()
    }
  }

  /** Objects whose keys do not follow from the name alone. */
  async function deleteListed(tenant: string, { kind, digest }: ObjectName): Promise<void> {
    // Answers of results files are kept in the order of the version they were checked against.
    if (kind === 'dataset') await deletePrefix(objectKey.answersOf(tenant, digest))
    if (kind === 'file') await deleteFile(bucket, tenant, digest)
    if (kind !== 'upload') return
    await deletePrefix(objectKey.uploadPart(tenant, digest, ''))
    await db.prepare(`DELETE FROM upload_parts WHERE tenant_id = ?1 AND upload_id = ?2`).bind(tenant, digest).run()
  }

  async function deletePrefix(prefix: string): Promise<void> {
    for (;;) {
      const { objects, truncated } = await bucket.list({ prefix })
      if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key))
      if (!truncated) return
    }
  }

  return {
    async during(tenant, names, use) {
      const token = crypto.randomUUID()
      await claim(tenant, names, token)
      try {
        return await use(token)
      } finally {
        await release(tenant, token)
      }
    },

    async leave(tenant, naming, of, statements) {
      const due = clock.now() + DELETION_MILLISECONDS
      const token = crypto.randomUUID()
      const results = await db.batch<ObjectName>([
        // A claim that lives for this batch remembers what the rows named.
        db
          .prepare(
            `INSERT INTO object_claims (tenant_id, kind, digest, token, expires_at) SELECT ?1, kind, digest, ?3, 0 FROM (${naming})`,
          )
          .bind(tenant, of, token),
        ...statements,
        ...giveBack(tenant, token, due),
      ])
      await destroy(tenant, results.at(-2)!.results, due)
      return results.slice(1, -2)
    },

    async sweep(limit) {
      const now = clock.now()
      const { results: expired } = await db
        .prepare(
          `SELECT DISTINCT tenant_id, token FROM object_claims WHERE ${hasCome('expires_at', 1, CLAIM_MILLISECONDS)} LIMIT ?2`,
        )
        .bind(now, limit)
        .all<{ tenant_id: string; token: string }>()
      for (const { tenant_id: tenant, token } of expired) await release(tenant, token)
      const due = now + DELETION_MILLISECONDS
      const { results: left } = await db
        .prepare(
          `UPDATE doomed_objects SET due_at = ?2 WHERE (tenant_id, kind, digest) IN
             (SELECT tenant_id, kind, digest FROM doomed_objects WHERE ${hasCome('due_at', 1, DELETION_MILLISECONDS)} ORDER BY due_at LIMIT ?3)
           RETURNING tenant_id, kind, digest`,
        )
        .bind(now, due, limit * NAMES_AT_ONCE)
        .all<ObjectName & { tenant_id: string }>()
      for (const [tenant, names] of Map.groupBy(left, ({ tenant_id }) => tenant_id)) await destroy(tenant, names, due)
      return expired.length + left.length
    },
  }
}

function keysOf(tenant: string, { kind, digest }: ObjectName): string[] {
  switch (kind) {
    case 'image':
      return [objectKey.image(tenant, digest)]
    case 'model':
      return [objectKey.model(tenant, digest)]
    case 'dataset':
      return (['items.jsonl', 'items.idx', 'columns.bin', 'checksums.json'] as const).map((part) =>
        objectKey.dataset(tenant, digest, part),
      )
    case 'file':
    case 'upload':
      return []
  }
}
