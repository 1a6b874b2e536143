/**
 * workerd's `crypto.DigestStream` for Node: bytes in, their digest out.
 * @module
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'

class DigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>

  constructor(algorithm: 'SHA-256' | 'MD5') {
    const hash = createHash(algorithm)
    const { promise, resolve, reject } = Promise.withResolvers<ArrayBuffer>()
    super({
      write: (bytes) => void hash.update(bytes),
      close: () => resolve(new Uint8Array(hash.digest()).buffer),
      abort: reject,
    })
    this.digest = promise
  }
}

/** Installed for the tests of one file only, since files share the process. */
export function withDigestStream(): void {
  beforeAll(() => void Object.assign(crypto, { DigestStream }))
  afterAll(() => void Reflect.deleteProperty(crypto, 'DigestStream'))
}
