/**
 * A stored file: one object at its hash, or a list of objects that are read as one.
 * @module
 */
import type { StreamedFile } from '../contracts/import-ports.ts'
import { release } from '../contracts/release.ts'
import { damagedObject, missingObject } from './damaged-object.ts'
import { objectKey } from './objects.ts'

export interface FilePiece {
  readonly key: string
  readonly offset: number
  readonly bytes: number
}

/**
 * The content at a hash: one object, or a list made by uploads before migration 0011. null: neither exists.
 */
export async function piecesAtHash(bucket: R2Bucket, tenant: string, sha256: string): Promise<FilePiece[] | null> {
  const key = objectKey.file(tenant, sha256)
  const [whole, list] = await Promise.all([bucket.head(key), bucket.get(objectKey.filePieces(tenant, sha256))])
  if (whole !== null) return [{ key, offset: 0, bytes: whole.size }]
  return list && (await list.json<FilePiece[]>())
}

export function filePieces(bucket: R2Bucket, pieces: readonly FilePiece[]): StreamedFile {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  return {
    bytes,
    async read(offset, length) {
      const end = Math.min(bytes, offset + length)
      const stretches: Promise<Uint8Array>[] = []
      let start = 0
      for (const piece of pieces) {
        const from = Math.max(offset, start)
        const to = Math.min(end, start + piece.bytes)
        if (from < to) stretches.push(readRange(bucket, piece.key, piece.offset + from - start, to - from))
        start += piece.bytes
      }
      const [first = new Uint8Array(), ...others] = await Promise.all(stretches)
      if (others.length === 0) return first
      const result = new Uint8Array(end - offset)
      let at = 0
      for (const stretch of [first, ...others]) {
        result.set(stretch, at)
        at += stretch.length
        release(stretch)
      }
      return result
    },
    stream() {
      const { readable, writable } = new FixedLengthStream(bytes)
      pipePieces(bucket, pieces, writable).catch(() => {})
      return readable
    },
  }
}

/** Pieces one after another. The platform moves the bytes, without JavaScript. */
export async function pipePieces(
  bucket: R2Bucket,
  pieces: readonly FilePiece[],
  target: WritableStream<Uint8Array>,
): Promise<void> {
  for (const { key, offset, bytes } of pieces) {
    const object = await bucket.get(key, { range: { offset, length: bytes } })
    if (object === null) {
      await target.abort(missingObject(key))
      throw missingObject(key)
    }
    await object.body.pipeTo(target, { preventClose: true })
  }
  await target.close()
}

/** Deletes the content at a hash, and the pieces of its list. */
export async function deleteFile(bucket: R2Bucket, tenant: string, sha256: string): Promise<void> {
  const list = await bucket.get(objectKey.filePieces(tenant, sha256))
  const keys = list === null ? [] : (await list.json<FilePiece[]>()).map(({ key }) => key)
  await bucket.delete([objectKey.file(tenant, sha256), objectKey.filePieces(tenant, sha256)])
  for (let start = 0; start < keys.length; start += 1000) await bucket.delete(keys.slice(start, start + 1000))
}

/** @throws {Fault} `damaged` if the object is missing or shorter */
export async function readRange(bucket: R2Bucket, key: string, offset: number, length: number): Promise<Uint8Array> {
  const object = await bucket.get(key, { range: { offset, length } })
  if (object === null) throw missingObject(key)
  const bytes = new Uint8Array(await object.arrayBuffer())
  if (bytes.length !== length) throw damagedObject(key, `received ${bytes.length} bytes, expected ${length}`)
  return bytes
}
