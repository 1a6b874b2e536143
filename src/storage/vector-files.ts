/**
 * {@link VectorFiles} over R2.
 * @module
 */
import type { VectorFiles } from '../contracts/import-ports.ts'
import { objectKey } from './objects.ts'
import { filePieces } from './stored-file.ts'

export function createVectorFiles(bucket: R2Bucket): VectorFiles {
  return {
    async put(tenant, file, dataset, bytes) {
      await bucket.put(objectKey.vectors(tenant, file, dataset), bytes)
    },
    async open(tenant, file, dataset) {
      const key = objectKey.vectors(tenant, file, dataset)
      const found = await bucket.head(key)
      return found && filePieces(bucket, [{ key, offset: 0, bytes: found.size }])
    },
  }
}
