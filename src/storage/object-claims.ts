/**
 * Objects named by their content, which several rows may share.
 *
 * A writer takes a claim. Unreferenced, unclaimed objects are listed for deletion, then deleted. Both lists
 * are in D1, where a claim and a deletion exclude each other. So a referenced object is never deleted, and an
 * unreferenced one is deleted by its last user, or later by the sweep.
 *
 * Time limits ensure what a transaction cannot: a writer finishes within an hour, a deletion within half an
 * hour. An invocation lasts 15 minutes.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import { deleteObjects, type ObjectName } from './object-deletion.ts'
import { hasCome } from './set-back-clock.ts'

export type { ObjectName } from './object-deletion.ts'

const CLAIM_MILLISECONDS = 60 * 60_000
const DELETION_MILLISECONDS = 30 * 60_000
/** Names deleted at once: R2 deletes at most 1000 keys per call, and a dataset version has four. */
const NAMES_AT_ONCE = 250
const TRIES = 25

/** SQL: a row refers to the object of `c`, a row of either list. A pending upload owns its parts. */
const REFERENCED = `CASE c.kind
  WHEN 'dataset' THEN EXISTS (SELECT 1 FROM dataset_versions v WHERE v.tenant_id = c.tenant_id AND v.digest = c.digest)
  WHEN 'file' THEN EXISTS (SELECT 1 FROM files f
    WHERE f.tenant_id = c.tenant_id AND f.sha256 = c.digest AND f.upload_id IS NULL)
  WHEN 'upload' THEN EXISTS (SELECT 1 FROM files f WHERE f.tenant_id = c.tenant_id AND f.upload_id = c.digest)
    OR EXISTS (SELECT 1 FROM uploads u WHERE u.tenant_id = c.tenant_id AND u.upload_id = c.digest AND u.status = 'pending')
  WHEN 'model' THEN EXISTS (SELECT 1 FROM model_files m WHERE m.tenant_id = c.tenant_id AND m.sha256 = c.digest)
  ELSE EXISTS (SELECT 1 FROM dataset_images i WHERE i.tenant_id = c.tenant_id AND i.sha256 = c.digest)
    OR EXISTS (SELECT 1 FROM images i WHERE i.tenant_id = c.tenant_id AND i.sha256 = c.digest)
    OR EXISTS (SELECT 1 FROM import_images i WHERE i.tenant_id = c.tenant_id AND i.sha256 = c.digest) END`

/** SQL for a batch that relies on a claim. @param tenant, token - parameters, such as `:tenant` or `?1` */
export const holdsClaim = (tenant: string, token: string) =>
  `EXISTS (SELECT 1 FROM object_claims WHERE tenant_id = ${tenant} AND token = ${token})`

export interface ObjectClaims {
  /**
   * Claims objects, each named once, while `use` writes them and, in a batch with {@link holdsClaim}, the
   * rows that refer to them. Afterwards unreferenced objects are deleted.
   * @throws {Fault} `unavailable` if a deletion of some of them takes long
   */
  during<T>(tenant: string, names: readonly ObjectName[], use: (token: string) => Promise<T>): Promise<T>
  /**
   * Runs statements that delete rows in one batch, then deletes the objects that have become unreferenced.
   * @param naming - a query for `kind` and `digest` of the rows' objects; ?1 is the tenant, ?2 `of`
   * @returns the statements' results
   */
  deleteRows(tenant: string, naming: string, of: string, statements: readonly D1PreparedStatement[]): Promise<D1Result[]>
  /** Releases expired claims and repeats unfinished deletions. Returns their number. */
  sweep(limit: number): Promise<number>
}

/** @param wait - called between two checks of a deletion in progress */
export function createObjectClaims(
  db: D1Database,
  bucket: R2Bucket,
  clock: Clock,
  wait: () => Promise<unknown> = () => new Promise((resolve) => setTimeout(resolve, 200)),
): ObjectClaims {
  async function release(tenant: string, token: string): Promise<void> {
    const due = clock.now() + DELETION_MILLISECONDS
    const [listed] = await db.batch<ObjectName>(releaseClaim(db, tenant, token, due))
    await deleteAll(db, bucket, clock, tenant, listed!.results, due)
  }

  return {
    async during(tenant, names, use) {
      const token = crypto.randomUUID()
      await claim(db, clock, tenant, names, token, wait)
      try {
        return await use(token)
      } finally {
        await release(tenant, token)
      }
    },

    async deleteRows(tenant, naming, of, statements) {
      const due = clock.now() + DELETION_MILLISECONDS
      const token = crypto.randomUUID()
      const results = await db.batch<ObjectName>([
        // A claim for the duration of this batch records the objects of the rows.
        db
          .prepare(
            `INSERT INTO object_claims (tenant_id, kind, digest, token, expires_at) SELECT ?1, kind, digest, ?3, 0 FROM (${naming})`,
          )
          .bind(tenant, of, token),
        ...statements,
        ...releaseClaim(db, tenant, token, due),
      ])
      await deleteAll(db, bucket, clock, tenant, results.at(-2)!.results, due)
      return results.slice(1, -2)
    },

    async sweep(limit) {
      const expired = await expiredClaims(db, clock, limit)
      for (const { tenant_id: tenant, token } of expired) await release(tenant, token)
      const due = clock.now() + DELETION_MILLISECONDS
      const unfinished = await takeUnfinished(db, clock, due, limit * NAMES_AT_ONCE)
      for (const [tenant, names] of Map.groupBy(unfinished, ({ tenant_id }) => tenant_id))
        await deleteAll(db, bucket, clock, tenant, names, due)
      return expired.length + unfinished.length
    },
  }
}

/** Claims all of the objects or none. @throws {Fault} `unavailable` if some are being deleted for long */
async function claim(
  db: D1Database,
  clock: Clock,
  tenant: string,
  names: readonly ObjectName[],
  token: string,
  wait: () => Promise<unknown>,
): Promise<void> {
  const list = JSON.stringify(names.map(({ kind, digest }) => [kind, digest]))
  for (let tries = 0; tries < TRIES; tries++) {
    const { meta } = await statement(
      db,
      `INSERT INTO object_claims (tenant_id, kind, digest, token, expires_at)
       SELECT :tenant, value ->> 0, value ->> 1, :token, :expires FROM json_each(:names)
       WHERE NOT EXISTS (SELECT 1 FROM json_each(:names) n JOIN object_deletions d
         ON d.tenant_id = :tenant AND d.kind = n.value ->> 0 AND d.digest = n.value ->> 1)`,
      { tenant, names: list, token, expires: clock.now() + CLAIM_MILLISECONDS },
    ).run()
    if (meta.changes === names.length) return
    await wait()
  }
  const detail = 'the same content is being deleted at this moment; ask again when that is done'
  throw new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 60 })
}

/**
 * In a batch: lists for deletion the objects that only this claim kept, and releases it. The first results
 * are those objects.
 */
function releaseClaim(db: D1Database, tenant: string, token: string, due: number): D1PreparedStatement[] {
  return [
    statement(
      db,
      `INSERT INTO object_deletions (tenant_id, kind, digest, due_at)
       SELECT c.tenant_id, c.kind, c.digest, :due FROM object_claims c
       WHERE c.tenant_id = :tenant AND c.token = :token AND NOT (${REFERENCED})
         AND NOT EXISTS (SELECT 1 FROM object_claims o
           WHERE o.tenant_id = c.tenant_id AND o.kind = c.kind AND o.digest = c.digest AND o.token <> :token)
       RETURNING kind, digest`,
      { tenant, token, due },
    ),
    statement(db, `DELETE FROM object_claims WHERE tenant_id = :tenant AND token = :token`, { tenant, token }),
  ]
}

/**
 * Deletes listed objects and their entries. Stops after half of its time; the sweep continues. @param due -
 * as listed
 */
async function deleteAll(
  db: D1Database,
  bucket: R2Bucket,
  clock: Clock,
  tenant: string,
  listed: readonly ObjectName[],
  due: number,
): Promise<void> {
  for (let start = 0; start < listed.length; start += NAMES_AT_ONCE) {
    if (due - clock.now() < DELETION_MILLISECONDS / 2) return
    const names = listed.slice(start, start + NAMES_AT_ONCE)
    await deleteObjects(db, bucket, tenant, names)
    await statement(
      db,
      `DELETE FROM object_deletions WHERE tenant_id = :tenant AND due_at = :due
         AND (kind, digest) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:names))`,
      { tenant, due, names: JSON.stringify(names.map(({ kind, digest }) => [kind, digest])) },
    ).run()
  }
}

async function expiredClaims(db: D1Database, clock: Clock, limit: number): Promise<{ tenant_id: string; token: string }[]> {
  const { results } = await statement(
    db,
    `SELECT DISTINCT tenant_id, token FROM object_claims WHERE ${hasCome('expires_at', ':now', CLAIM_MILLISECONDS)} LIMIT :limit`,
    { now: clock.now(), limit },
  ).all<{ tenant_id: string; token: string }>()
  return results
}

/** Deletions whose time is over. Extends them until `due`. */
async function takeUnfinished(
  db: D1Database,
  clock: Clock,
  due: number,
  limit: number,
): Promise<(ObjectName & { readonly tenant_id: string })[]> {
  const { results } = await statement(
    db,
    `UPDATE object_deletions SET due_at = :due WHERE (tenant_id, kind, digest) IN
       (SELECT tenant_id, kind, digest FROM object_deletions
        WHERE ${hasCome('due_at', ':now', DELETION_MILLISECONDS)} ORDER BY due_at LIMIT :limit)
     RETURNING tenant_id, kind, digest`,
    { now: clock.now(), due, limit },
  ).all<ObjectName & { tenant_id: string }>()
  return results
}
