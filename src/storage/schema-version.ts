/**
 * Detects a database without its migrations. With `wrangler dev`, or in a deployment before `migrations
 * apply`, D1 has no tables.
 * @module
 */
import { Fault } from '../contracts/failure.ts'

/** The newest file of `migrations/`. The code supports no older schema. @internal */
export const NEWEST_MIGRATION = '0036_unsettled_calls.sql'

/**
 * Explains an unexpected error. Called only after a failure, so a healthy request costs nothing more.
 * @returns a {@link Fault} of kind `unavailable` if the database lacks a migration; otherwise `thrown`
 *   unchanged
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
