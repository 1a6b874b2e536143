/**
 * Checksums of an object's blocks, so that a part of it can be checked without the rest.
 *
 * An object read whole is checked against the digest in its name. A shard reads a range of a dataset, which
 * that digest cannot check: hence a SHA-256 per block of 256 KiB. Up to one block more than needed is read at
 * either end.
 * @module
 */
import { sha256Hex } from '../contracts/digest.ts'
import { damagedObject, missingObject } from './damaged-object.ts'

export const CHECKED_BLOCK_BYTES = 2 ** 18

/** SHA-256 in hex of each block, in order; the last may be shorter. */
export async function blockChecksums(bytes: Uint8Array): Promise<string[]> {
  const checksums: string[] = []
  for (let start = 0; start < bytes.length; start += CHECKED_BLOCK_BYTES)
    checksums.push(await sha256Hex(bytes.subarray(start, start + CHECKED_BLOCK_BYTES)))
  return checksums
}

/**
 * Reads `length` bytes of an object from `offset` on.
 * @param checksums - null for an object stored before checksums existed, which is not checked
 * @throws {Fault} `damaged` if the object is missing, shorter, or has changed
 */
export async function readChecked(
  bucket: R2Bucket,
  key: string,
  checksums: readonly string[] | null,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const firstBlock = checksums === null ? 0 : Math.floor(offset / CHECKED_BLOCK_BYTES)
  const start = checksums === null ? offset : firstBlock * CHECKED_BLOCK_BYTES
  const end = checksums === null ? offset + length : Math.ceil((offset + length) / CHECKED_BLOCK_BYTES) * CHECKED_BLOCK_BYTES
  const object = await bucket.get(key, { range: { offset: start, length: end - start } })
  if (object === null) throw missingObject(key)
  const bytes = new Uint8Array(await object.arrayBuffer())
  if (bytes.length < offset + length - start) throw damagedObject(key, `it ends at byte ${start + bytes.length}`)
  if (checksums !== null)
    for (const [index, checksum] of (await blockChecksums(bytes)).entries())
      if (checksum !== checksums[firstBlock + index])
        throw damagedObject(key, `block ${firstBlock + index} does not match its checksum`)
  return bytes.subarray(offset - start, offset - start + length)
}
