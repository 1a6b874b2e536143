/**
 * {@link IdempotencyStore} over D1. One batch, which D1 runs as a transaction, claims a key. So of any number
 * of concurrent requests one creates something, and the others get its answer.
 * @module
 */
import type { IdempotencyStore } from '../contracts/catalogue-ports.ts'
import type { Clock } from '../contracts/ports.ts'
import { hasCome } from './set-back-clock.ts'

/** How long an answer is stored. */
export const KEY_MILLISECONDS = 24 * 60 * 60 * 1000
/** How long a request without an answer counts as in flight: longer than any that asks no endpoint takes. */
const FLIGHT_MILLISECONDS = 60_000
/** Longest time that a request may ask for: an endpoint streams for minutes. */
const LONGEST_FLIGHT_MILLISECONDS = 15 * 60_000

interface KeyRow {
  fingerprint: string
  resource_id: string
  response_status: number | null
  response_body: string | null
}

export function createIdempotencyStore(db: D1Database, clock: Clock): IdempotencyStore {
  return {
    async claim(tenant, key, fingerprint, newId, flight = FLIGHT_MILLISECONDS) {
      const now = clock.now()
      const lease = now + flight
      const [, claimed, found] = await db.batch<KeyRow>([
        // A key expires exactly after a day, whether or not the sweep has run.
        db
          .prepare(`DELETE FROM idempotency_keys WHERE tenant_id = ?1 AND idempotency_key = ?2 AND created_at <= ?3`)
          .bind(tenant, key, now - KEY_MILLISECONDS),
        db
          .prepare(
            `INSERT INTO idempotency_keys (tenant_id, idempotency_key, fingerprint, resource_id, lease_expires_at, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (tenant_id, idempotency_key) DO UPDATE SET lease_expires_at = excluded.lease_expires_at
             WHERE response_status IS NULL AND ${hasCome('lease_expires_at', '?6', LONGEST_FLIGHT_MILLISECONDS)} AND fingerprint = excluded.fingerprint`,
          )
          .bind(tenant, key, fingerprint, newId, lease, now),
        db
          .prepare(
            `SELECT fingerprint, resource_id, response_status, response_body FROM idempotency_keys WHERE tenant_id = ?1 AND idempotency_key = ?2`,
          )
          .bind(tenant, key),
      ])
      const row = found!.results[0]!
      if (claimed!.meta.changes === 1)
        return {
          outcome: 'claimed',
          claim: { tenant, key, id: row.resource_id, lease, resumed: row.resource_id !== newId },
        }
      if (row.fingerprint !== fingerprint) return { outcome: 'other_request' }
      if (row.response_status === null) return { outcome: 'in_flight' }
      return { outcome: 'answered', status: row.response_status, body: row.response_body! }
    },

    async answer({ tenant, key, id }, status, body) {
      // The first answer counts, even after its lease: all attempts with one key create the same thing.
      await db
        .prepare(
          `UPDATE idempotency_keys SET response_status = ?4, response_body = ?5
           WHERE tenant_id = ?1 AND idempotency_key = ?2 AND resource_id = ?3 AND response_status IS NULL`,
        )
        .bind(tenant, key, id, status, body)
        .run()
    },

    async release({ tenant, key, lease }) {
      await db
        .prepare(
          `DELETE FROM idempotency_keys WHERE tenant_id = ?1 AND idempotency_key = ?2 AND lease_expires_at = ?3 AND response_status IS NULL`,
        )
        .bind(tenant, key, lease)
        .run()
    },

    async abandon({ tenant, key, lease }) {
      await db
        .prepare(
          `UPDATE idempotency_keys SET lease_expires_at = ?4
           WHERE tenant_id = ?1 AND idempotency_key = ?2 AND lease_expires_at = ?3 AND response_status IS NULL`,
        )
        .bind(tenant, key, lease, clock.now())
        .run()
    },
  }
}
