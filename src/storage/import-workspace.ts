/**
 * {@link ImportWorkspace} in R2. Intermediate objects lie under the import. The version's items use R2's
 * multipart upload, whose parts must have equal sizes of at least 5 MiB, except the last. The object appears
 * only when the upload is completed.
 * @module
 */
import type { ImportWorkspace } from '../contracts/import-ports.ts'
import { objectKey } from './objects.ts'
import { blockChecksums, CHECKED_BLOCK_BYTES } from './block-checksums.ts'
import { R2_ERROR, r2ErrorCode } from './r2-error.ts'
import { readRange } from './stored-file.ts'

/** A multiple of a checked block, so that no block crosses parts. */
const PART_BYTES = 32 * CHECKED_BLOCK_BYTES

/**
 * An upload that is gone, or a part that was uploaded again: its tag differs, though its bytes are the same.
 */
const GONE: ReadonlySet<number | null> = new Set([R2_ERROR.noSuchUpload, R2_ERROR.invalidPart])

export function createImportWorkspace(
  bucket: R2Bucket,
  tenant: string,
  importId: string,
  partBytes = PART_BYTES,
): ImportWorkspace {
  const prefix = objectKey.importWork(tenant, importId)
  const itemsKey = (digest: string) => objectKey.dataset(tenant, digest, 'items.jsonl')
  return {
    partBytes,

    async put(name, bytes) {
      await bucket.put(prefix + name, bytes)
    },

    read: (name, offset, length) =>
      length === 0 ? Promise.resolve(new Uint8Array()) : readRange(bucket, prefix + name, offset, length),

    async startItems(digest) {
      // R2 ends an upload abandoned by a crash after a week.
      const { uploadId } = await bucket.createMultipartUpload(itemsKey(digest))
      return { id: uploadId, parts: [], checksums: [] }
    },

    async putItems(digest, { id, parts, checksums }, bytes) {
      const { etag } = await bucket.resumeMultipartUpload(itemsKey(digest), id).uploadPart(parts.length + 1, bytes)
      return { id, parts: [...parts, etag], checksums: checksums && [...checksums, ...(await blockChecksums(bytes))] }
    },

    async finishItems(digest, { id, parts, checksums = [] }) {
      const uploaded = parts.map((etag, index) => ({ partNumber: index + 1, etag }))
      try {
        await bucket.resumeMultipartUpload(itemsKey(digest), id).complete(uploaded)
        return checksums
      } catch (error) {
        // Completed by an earlier attempt that failed later. The object is named by its content.
        if ((await bucket.head(itemsKey(digest))) !== null) return checksums
        if (GONE.has(r2ErrorCode(error))) return null
        throw error
      }
    },

    async clear() {
      for (;;) {
        const { objects } = await bucket.list({ prefix })
        if (objects.length === 0) return
        await bucket.delete(objects.map(({ key }) => key))
      }
    },
  }
}
