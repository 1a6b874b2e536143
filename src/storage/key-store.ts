/**
 * API keys: 256 random bits, stored as a SHA-256, found by id, compared in constant time.
 * @module
 */
import { toBase64Url } from '../contracts/base64.ts'
import type { KeyStore } from '../contracts/catalogue-ports.ts'
import { sha256Hex } from '../contracts/digest.ts'
import { Fault, invalidField } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'
import type { TableSnapshots } from './table-snapshot.ts'

/** The first administrator's key of a fresh deployment, from the configuration. */
export interface ConfiguredKey {
  readonly id: string
  readonly secretHash: string
  readonly tenant: string
}

const KEY_PATTERN = /^assay_([a-z0-9]{16})_([A-Za-z0-9_-]{43})$/

/** @param snapshots - of keys, for the lifetime of the isolate */
export function createKeyStore(
  db: D1Database,
  clock: Clock,
  configured: ConfiguredKey | null,
  snapshots: TableSnapshots,
): KeyStore {
  const snapshot = snapshots(async (limit) => {
    const { results } = await db
      .prepare(`SELECT key_id || ' ' || secret_hash AS entry FROM api_keys WHERE revoked_at IS NULL LIMIT ?1`)
      .bind(limit)
      .all<{ entry: string }>()
    return results.map(({ entry }) => entry)
  })
  return {
    async authenticate(bearer) {
      const match = KEY_PATTERN.exec(bearer)
      if (match === null) return null
      const [, id, secret] = match as unknown as [string, string, string]
      const hash = await sha256Hex(secret)
      if (configured?.id === id)
        return equalHex(hash, configured.secretHash) ? { tenant: configured.tenant, keyId: id, role: 'admin' } : null
      const { results } = await db
        .prepare(`SELECT tenant_id, secret_hash, role FROM api_keys WHERE key_id = ?1 AND revoked_at IS NULL`)
        .bind(id)
        .all<{ tenant_id: string; secret_hash: string; role: 'admin' | 'member' }>()
      const row = results.find(({ secret_hash }) => equalHex(hash, secret_hash))
      return row ? { tenant: row.tenant_id, keyId: id, role: row.role } : null
    },

    async mayBeValid(bearer) {
      const [, id, secret] = KEY_PATTERN.exec(bearer) ?? []
      if (id === undefined || secret === undefined) return false
      const hash = await sha256Hex(secret)
      if (configured?.id === id) return equalHex(hash, configured.secretHash)
      return snapshot.mayHave(`${id} ${hash}`)
    },

    async create(tenant, name, role) {
      const id = randomText(16, 'abcdefghijklmnopqrstuvwxyz234567')
      const secret = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
      const now = clock.now()
      await db.batch([
        db
          .prepare(`INSERT INTO tenants (tenant_id, name, created_at) VALUES (?1, ?1, ?2) ON CONFLICT DO NOTHING`)
          .bind(tenant, now),
        db
          .prepare(
            `INSERT INTO api_keys (tenant_id, key_id, secret_hash, name, role, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
          )
          .bind(tenant, id, await sha256Hex(secret), name, role, now),
      ])
      snapshot.forget()
      return { id, name, role, createdAt: now, key: `assay_${id}_${secret}` }
    },

    async list(tenant, { limit, after, order }) {
      const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<']
      const cursor = after === undefined ? null : await createdAtOf(db, tenant, after)
      const { results } = await statement(
        db,
        `SELECT key_id, name, role, created_at FROM api_keys INDEXED BY api_keys_by_age
         WHERE tenant_id = :tenant AND revoked_at IS NULL ${cursor === null ? '' : `AND (created_at, key_id) ${beyond} (:created, :after)`}
         ORDER BY created_at ${direction}, key_id ${direction} LIMIT :limit`,
        { tenant, limit, ...(cursor !== null && { created: cursor, after: after! }) },
      ).all<{ key_id: string; name: string; role: 'admin' | 'member'; created_at: number }>()
      return results.map((row) => ({ id: row.key_id, name: row.name, role: row.role, createdAt: row.created_at }))
    },

    async revoke(tenant, keyId) {
      const { meta } = await db
        .prepare(`UPDATE api_keys SET revoked_at = ?3 WHERE tenant_id = ?1 AND key_id = ?2 AND revoked_at IS NULL`)
        .bind(tenant, keyId, clock.now())
        .run()
      if (meta.changes === 0) throw new Fault({ kind: 'not_found', resource: 'key', id: keyId })
    },
  }
}

/** Ids of keys do not sort by time. A revoked key still marks its place. @throws {Fault} `invalid` */
async function createdAtOf(db: D1Database, tenant: string, id: string): Promise<number> {
  const sql = `SELECT created_at FROM api_keys WHERE tenant_id = :tenant AND key_id = :id`
  const row = await statement(db, sql, { tenant, id }).first<{ created_at: number }>()
  if (row === null) throw invalidField('after', `${id} is not a key of this list; begin again without it`)
  return row.created_at
}

/** Constant-time comparison of two hex digests. */
function equalHex(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}

/** The alphabet must have 32 letters, so that all are equally likely. */
function randomText(length: number, alphabet: string): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => alphabet[byte % alphabet.length]!).join('')
}
