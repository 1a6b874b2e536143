/**
 * JSON Lines with an index of byte offsets beside them, so that a shard reads its own lines of one object by two ranged reads.
 * @module
 */
import { release } from '../contracts/release.ts'
import { readRange } from './stored-file.ts'

export interface PackedLines {
  /** UTF-8 JSON Lines. */
  readonly body: Uint8Array
  /** n + 1 byte offsets; line i is [offset i, offset i+1). */
  readonly offsets: Uint32Array
}

/**
 * @param write - a value as JSON without line feeds.
 * @throws {RangeError} above 4 GiB of lines.
 */
export function packLines(values: Iterable<unknown>, write: (value: unknown) => string = JSON.stringify): PackedLines {
  const encoder = new TextEncoder()
  const offsets = [0]
  let body = new Uint8Array(2 ** 16)
  let at = 0
  for (const value of values) {
    const line = `${write(value)}\n`
    // UTF-8 takes at most three bytes for a UTF-16 unit.
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

/** As they are stored: little-endian. */
export function encodeOffsets(offsets: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * offsets.length))
  offsets.forEach((offset, position) => view.setUint32(4 * position, offset, true))
  return new Uint8Array(view.buffer)
}

/**
 * Reads lines [first, end) by ranged reads.
 * @throws {Error} when an object is missing or shorter than its index says.
 */
export async function readLines<T>(
  bucket: R2Bucket,
  bodyKey: string,
  indexKey: string,
  first: number,
  end: number,
): Promise<T[]> {
  if (end <= first) return []
  const offsets = new DataView((await readRange(bucket, indexKey, 4 * first, 4 * (end - first + 1))).buffer)
  const start = offsets.getUint32(0, true)
  const length = offsets.getUint32(4 * (end - first), true) - start
  const text = new TextDecoder().decode(await readRange(bucket, bodyKey, start, length))
  const lines = text.split('\n')
  lines.pop()
  if (lines.length !== end - first) throw new Error(`${bodyKey}: ${lines.length} lines where ${end - first} were indexed`)
  return lines.map((line) => JSON.parse(line) as T)
}
