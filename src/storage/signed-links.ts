/**
 * Signed, expiring tokens (HMAC-SHA256 under a key derived from `SECRETS_KEY`).
 * @module
 */
import { fromBase64, toBase64Url } from '../contracts/base64.ts'
import { withoutSlashesAtEnd } from '../contracts/endpoint-address.ts'
import { Fault } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import type { LinkKind, SignedLinks } from '../contracts/signed-link.ts'

const PURPOSE = new TextEncoder().encode('assay.signed-link/1')
const TOKEN = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/

/**
 * @param keyText - the Worker secret `SECRETS_KEY`
 * @param publicUrl - the variable `PUBLIC_URL`; empty: not known
 */
export function createSignedLinks(keyText: string | undefined, publicUrl: string, clock: Clock): SignedLinks {
  const key = async (): Promise<CryptoKey> => {
    const bytes = keyText === undefined ? null : fromBase64(keyText)
    if (bytes === null) throw missing('the Worker secret SECRETS_KEY (32 random bytes in base64)')
    const source = await crypto.subtle.importKey('raw', bytes as BufferSource, 'HKDF', false, ['deriveKey'])
    const from = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: PURPOSE }
    return crypto.subtle.deriveKey(from, source, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify'])
  }
  const check = (): void => {
    if (publicUrl === '') throw missing('the variable PUBLIC_URL (the address at which this Worker is reached)')
  }
  return {
    check,

    async url(kind, parts, expiresAt, path) {
      check()
      const claim = toBase64Url(new TextEncoder().encode(JSON.stringify([kind, Math.ceil(expiresAt / 1000), ...parts])))
      const signature = await crypto.subtle.sign('HMAC', await key(), new TextEncoder().encode(claim))
      return withoutSlashesAtEnd(publicUrl) + path.replace('{token}', `${claim}.${toBase64Url(new Uint8Array(signature))}`)
    },

    async open(kind, token) {
      const [, claim, signature] = TOKEN.exec(token) ?? []
      if (claim === undefined || signature === undefined) return null
      const [signed, content] = [bytesOf(signature), bytesOf(claim)]
      if (signed === null || content === null) return null
      const isOurs = await crypto.subtle.verify(
        'HMAC',
        await key(),
        signed as BufferSource,
        new TextEncoder().encode(claim) as BufferSource,
      )
      if (!isOurs) return null
      const [of, expiresAt, ...parts] = JSON.parse(new TextDecoder().decode(content)) as [LinkKind, number, ...string[]]
      return of === kind && clock.now() < 1000 * expiresAt ? parts : null
    },
  }
}

const bytesOf = (base64Url: string): Uint8Array | null => fromBase64(base64Url.replaceAll('-', '+').replaceAll('_', '/'))

const missing = (what: string) =>
  new Fault({ kind: 'unavailable', detail: `signed addresses need ${what}; it is not set`, retryAfterSeconds: 3600 })
