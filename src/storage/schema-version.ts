/**
 * Tells a database without its migrations from any other fault: `wrangler dev`, and a deployment before `migrations apply`, have
 * a D1 database with no table in it.
 * @module
 */
import { Fault } from '../contracts/failure.ts'

/** The newest file of `migrations/`. The code reads no older schema. @internal */
export const NEWEST_MIGRATION = '0017_plain_tables.sql'

/**
 * What an unexpected error means. Asked only once something has failed, so a healthy request costs nothing more.
 * @returns a {@link Fault} of kind `unavailable` where the database lacks a migration; otherwise `thrown` as it came
 */
export async function explainStorageError(db: D1Database, thrown: unknown): Promise<unknown> {
  if (thrown instanceof Fault || (await isMigrated(db).catch(() => true))) return thrown
  const detail =
    `the database lacks the migration ${NEWEST_MIGRATION}. Apply what is missing and try again: ` +
    '"npx wrangler d1 migrations apply assay --local" for wrangler dev, with --remote instead of --local for a deployment'
  return new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 60 }, { cause: thrown })
}

async function isMigrated(db: D1Database): Promise<boolean> {
  const table = await db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'`).first()
  if (table === null) return false
  return (await db.prepare('SELECT 1 FROM d1_migrations WHERE name = ?1').bind(NEWEST_MIGRATION).first()) !== null
}
