/**
 * Symmetric Standard Webhooks secrets (spec 1.0.0, "Signature scheme"): `whsec_` and the base64 of 24 to 64
 * random bytes.
 * @module
 */
import { fromBase64, toBase64 } from '../contracts/base64.ts'

const PREFIX = 'whsec_'
const MIN_BYTES = 24
const MAX_BYTES = 64

/** A new secret of 256 random bits. */
export function createWebhookSecret(): string {
  return PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(32)))
}

/**
 * The key bytes of a secret, or undefined for an invalid one. Use it to check secrets from users.
 *
 * As in the reference libraries, `whsec_` and padding are optional. Surrounding white space is ignored.
 */
export function parseWebhookSecret(secret: string): Uint8Array | undefined {
  const written = secret.trim()
  const base64 = (written.startsWith(PREFIX) ? written.slice(PREFIX.length) : written).replace(/={1,2}$/, '')
  const bytes = decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='))
  return bytes !== undefined && bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? bytes : undefined
}

/** Padded base64 to bytes; undefined for anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return fromBase64(text) ?? undefined
}
