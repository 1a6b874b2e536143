/**
 * SHA-256 digests through Web Crypto, as lower-case hex.
 * @module
 */
import { canonicalJson } from './canonical-json.ts'

const encoder = new TextEncoder()

/** SHA-256 of bytes, or of a string's UTF-8. Returns 64 lower-case hex digits. */
export async function sha256Hex(data: Uint8Array | ArrayBuffer | string): Promise<string> {
  return toHex(await sha256(data))
}

/** SHA-256 of bytes, or of a string's UTF-8. Returns 32 bytes. */
export async function sha256(data: Uint8Array | ArrayBuffer | string): Promise<Uint8Array> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource))
}

/** Digest of a value's RFC 8785 form. */
export async function digestOf(value: unknown): Promise<string> {
  return sha256Hex(canonicalJson(value))
}

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
