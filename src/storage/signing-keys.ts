/**
 * {@link SigningKeys}: Ed25519 by WebCrypto, private keys sealed in D1.
 * @module
 */
import { CompactSign, calculateJwkThumbprint } from 'jose'
import type { Sealer } from '../contracts/catalogue-ports.ts'
import { Fault } from '../contracts/failure.ts'
import type { PublicSigningKey, SigningKeys } from '../contracts/manifest.ts'
import type { Clock } from '../contracts/ports.ts'
import { statement } from './named-statement.ts'

interface KeyRow {
  key_id: string
  public_key: string
  sealed_private_key: string
  created_at: number
  retired_at: number | null
}

interface NewKey {
  readonly keyId: string
  readonly x: string
  readonly sealed: string
}

/** Binds a sealed private key to its row. */
const contextOf = (keyId: string) => `signing key ${keyId}`

/** @param owner - the tenant that owns the deployment's secrets */
export function createSigningKeys(db: D1Database, sealer: Sealer, clock: Clock, owner: string): SigningKeys {
  const inUse = () =>
    statement(db, `SELECT * FROM signing_keys WHERE tenant_id = :owner AND retired_at IS NULL`, { owner }).first<KeyRow>()
  const insert = ({ keyId, x, sealed }: NewKey, now: number) =>
    statement(
      db,
      `INSERT INTO signing_keys (tenant_id, key_id, public_key, sealed_private_key, created_at)
       SELECT :owner, :keyId, :x, :sealed, :now
       WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE tenant_id = :owner AND retired_at IS NULL)`,
      { owner, keyId, x, sealed, now },
    )

  /** Two callers that find no key both insert; one succeeds, and both read the same. */
  async function keyInUse(): Promise<KeyRow> {
    const found = await inUse()
    if (found !== null) return found
    await insert(await makeKey(sealer), clock.now()).run()
    return (await inUse())!
  }

  return {
    async sign(body) {
      const { key_id: keyId, sealed_private_key: sealed } = await keyInUse()
      const jwk = JSON.parse(await sealer.open(sealed, contextOf(keyId))) as JsonWebKey
      const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign'])
      const jws = await new CompactSign(new TextEncoder().encode(body)).setProtectedHeader({ alg: 'EdDSA', kid: keyId }).sign(key)
      return { keyId, jws }
    },

    async list() {
      const { results } = await statement(
        db,
        `SELECT * FROM signing_keys WHERE tenant_id = :owner AND compromised = 0 ORDER BY created_at DESC, key_id`,
        { owner },
      ).all<KeyRow>()
      return results.map(publicKeyOf)
    },

    async rotate(tenant, { compromised }) {
      if (tenant !== owner)
        throw new Fault({ kind: 'forbidden', detail: 'this needs an administrator’s key of the deployment’s first tenant' })
      const made = await makeKey(sealer)
      const now = clock.now()
      const values = { owner, now, compromised: compromised ? 1 : 0 }
      const former = `(SELECT key_id FROM signing_keys WHERE tenant_id = :owner AND retired_at IS NULL)`
      await db.batch([
        ...(compromised
          ? [statement(db, `UPDATE run_manifests SET signature = NULL, key_id = NULL WHERE key_id = ${former}`, { owner })]
          : []),
        statement(
          db,
          `UPDATE signing_keys SET retired_at = :now, compromised = :compromised WHERE tenant_id = :owner AND retired_at IS NULL`,
          values,
        ),
        insert(made, now),
      ])
      return { keyId: made.keyId, x: made.x, createdAt: now, retiredAt: null }
    },
  }
}

async function makeKey(sealer: Sealer): Promise<NewKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const { crv, d, kty, x } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey
  const keyId = await calculateJwkThumbprint({ crv: crv!, kty: kty!, x: x! })
  return { keyId, x: x!, sealed: await sealer.seal(JSON.stringify({ crv, d, kty, x }), contextOf(keyId)) }
}

function publicKeyOf({ key_id: keyId, public_key: x, created_at: createdAt, retired_at: retiredAt }: KeyRow): PublicSigningKey {
  return { keyId, x, createdAt, retiredAt }
}
