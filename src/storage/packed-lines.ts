/**
 * JSON Lines with an index of byte offsets, so that a shard reads its lines of an object by two range reads.
 * @module
 */
import { release } from '../contracts/release.ts'
import { blockChecksums, readChecked } from './block-checksums.ts'
import { assertDigest, damagedObject, missingObject } from './damaged-object.ts'

export interface PackedLines {
  /** UTF-8 JSON Lines. */
  readonly body: Uint8Array
  /** n + 1 byte offsets; line i is [offset i, offset i+1). */
  readonly offsets: Uint32Array
}

/**
 * @param write - turns a value into JSON without line feeds
 * @throws {RangeError} above 4 GiB of lines
 */
export function packLines(values: Iterable<unknown>, write: (value: unknown) => string = JSON.stringify): PackedLines {
  const encoder = new TextEncoder()
  const offsets = [0]
  let body = new Uint8Array(2 ** 16)
  let at = 0
  for (const value of values) {
    const line = `${write(value)}\n`
    // UTF-8 needs at most three bytes per UTF-16 unit.
    const room = at + 3 * line.length
    if (room > body.length) {
      const larger = new Uint8Array(Math.max(room, 2 * body.length))
      larger.set(body.subarray(0, at))
      release(body)
      body = larger
    }
    at += encoder.encodeInto(line, body.subarray(at)).written
    if (at > 0xffffffff) throw new RangeError('packed lines are limited to 4 GiB')
    offsets.push(at)
  }
  return { body: body.subarray(0, at), offsets: Uint32Array.from(offsets) }
}

/** Stored form: little-endian. */
export function encodeOffsets(offsets: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * offsets.length))
  offsets.forEach((offset, position) => view.setUint32(4 * position, offset, true))
  return new Uint8Array(view.buffer)
}

/** None for a body: an import that began before checksums existed stored it. */
const known = (checksums: readonly string[] | undefined) => (checksums === undefined || checksums.length === 0 ? null : checksums)

/** Block checksums of packed lines, of their index, and of other objects stored with them. Stored as JSON. */
export interface PackedChecksums {
  readonly body: readonly string[]
  readonly index: readonly string[]
  readonly columns?: readonly string[]
}

/** @param body - checksums of the lines */
export async function packedChecksums(
  body: readonly string[],
  index: Uint8Array,
  columns?: Uint8Array,
): Promise<PackedChecksums> {
  return {
    body,
    index: await blockChecksums(index),
    ...(columns === undefined ? {} : { columns: await blockChecksums(columns) }),
  }
}

/**
 * @param sha256 - of the stored checksums; undefined for versions without one, where missing checksums mean
 *   no check
 * @throws {Fault} `damaged` if they are missing or differ from `sha256`
 */
export async function readChecksums(bucket: R2Bucket, key: string, sha256: string | undefined): Promise<PackedChecksums | null> {
  const object = await bucket.get(key)
  if (object === null && sha256 === undefined) return null
  if (object === null) throw missingObject(key)
  const bytes = new Uint8Array(await object.arrayBuffer())
  if (sha256 !== undefined) await assertDigest(key, bytes, sha256)
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as PackedChecksums
  } catch {
    throw damagedObject(key, 'it is not JSON')
  }
}

/**
 * Reads lines [first, end) by range reads.
 * @param checksums - null for lines stored before checksums existed
 * @throws {Fault} `damaged` if an object is missing, shorter than its index says, or has changed
 */
export async function readLines<T>(
  bucket: R2Bucket,
  bodyKey: string,
  indexKey: string,
  first: number,
  end: number,
  checksums: PackedChecksums | null,
): Promise<T[]> {
  if (end <= first) return []
  const index = await readChecked(bucket, indexKey, known(checksums?.index), 4 * first, 4 * (end - first + 1))
  const offsets = new DataView(index.buffer, index.byteOffset, index.byteLength)
  const start = offsets.getUint32(0, true)
  const length = offsets.getUint32(4 * (end - first), true) - start
  const text = new TextDecoder().decode(await readChecked(bucket, bodyKey, known(checksums?.body), start, length))
  const lines = text.split('\n')
  lines.pop()
  if (lines.length !== end - first) throw damagedObject(bodyKey, `it has ${lines.length} lines where ${end - first} were indexed`)
  try {
    return lines.map((line) => JSON.parse(line) as T)
  } catch {
    throw damagedObject(bodyKey, 'a line is not JSON')
  }
}
