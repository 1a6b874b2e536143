/**
 * Objects that differ from their name or row.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { Fault } from '../contracts/failure.ts'

/** @param key - in R2 */
export function missingObject(key: string): Fault {
  return new Fault({ kind: 'damaged', object: key, detail: `object ${key} is missing from the object store` })
}

/** @param why - continues the sentence after "is damaged: " */
export function damagedObject(key: string, why: string): Fault {
  return new Fault({ kind: 'damaged', object: key, detail: `object ${key} is damaged: ${why}` })
}

/**
 * Reads a whole object that is named by its SHA-256.
 * @param sha256 - default: the last part of the key; a key that ends otherwise is not checked
 * @throws {Fault} `damaged` if it is missing or has another digest
 */
export async function readNamed(
  bucket: R2Bucket,
  key: string,
  sha256 = /\/([0-9a-f]{64})$/.exec(key)?.[1],
): Promise<Uint8Array<ArrayBuffer>> {
  const object = await bucket.get(key)
  if (object === null) throw missingObject(key)
  const bytes = new Uint8Array(await object.arrayBuffer())
  if (sha256 !== undefined) await assertDigest(key, bytes, sha256)
  return bytes
}

/** @throws {Fault} `damaged` */
export async function assertDigest(key: string, bytes: Uint8Array, sha256: string): Promise<void> {
  const found = await sha256Hex(bytes)
  if (found !== sha256) throw damagedObject(key, `its SHA-256 is ${found}`)
}
