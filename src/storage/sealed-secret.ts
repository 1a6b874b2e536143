/**
 * Encrypted signing secrets. They are needed to sign and verify, so they cannot be hashed. They are sealed
 * with AES-256-GCM under a key outside the database, and bound to their row.
 * @module
 */
import { fromBase64, toBase64 } from '../contracts/base64.ts'
import type { Sealer } from '../contracts/catalogue-ports.ts'
import { Fault } from '../contracts/failure.ts'

/** @param keyText - 32 random bytes in base64, the Worker secret `SECRETS_KEY` */
export function createSealer(keyText: string | undefined): Sealer {
  const importKey = async () => {
    if (keyText === undefined)
      throw new Fault({
        kind: 'unavailable',
        detail: 'signing secrets need the Worker secret SECRETS_KEY (32 random bytes in base64); it is not set',
        retryAfterSeconds: 3600,
      })
    return crypto.subtle.importKey('raw', decode(keyText, 'SECRETS_KEY') as BufferSource, 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ])
  }
  const encode = (text: string) => new TextEncoder().encode(text)
  return {
    async seal(secret, context) {
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData: encode(context) },
        await importKey(),
        encode(secret),
      )
      const bytes = new Uint8Array(iv.length + sealed.byteLength)
      bytes.set(iv)
      bytes.set(new Uint8Array(sealed), iv.length)
      return toBase64(bytes)
    },
    async open(sealed, context) {
      const bytes = decode(sealed, 'a sealed secret')
      const opened = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: bytes.slice(0, 12), additionalData: encode(context) },
        await importKey(),
        bytes.slice(12),
      )
      return new TextDecoder().decode(opened)
    },
  }
}

function decode(text: string, what: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(text)
  if (bytes === null) throw new Error(`${what} is not base64`)
  return new Uint8Array(bytes)
}
