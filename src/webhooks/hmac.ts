/**
 * HMAC-SHA256 through Web Crypto, whose `verify` compares in constant time.
 * @module
 */

/** @throws {RangeError} for an empty key, with which anyone could sign */
export async function importHmacKey(key: Uint8Array): Promise<CryptoKey> {
  if (key.length === 0) throw new RangeError('a signing secret must not be empty')
  return crypto.subtle.importKey('raw', key as BufferSource, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
}

export async function hmac(key: CryptoKey, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, data as BufferSource))
}

/** Whether `signature` is the HMAC of `data`; false also for a signature of another length. */
export async function verifyHmac(key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify('HMAC', key, signature as BufferSource, data as BufferSource)
}
