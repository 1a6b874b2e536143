/**
 * Deletes objects in R2 by kind: all keys of a dataset version, a picture, a file, an upload or a model file.
 * @module
 */
import { objectKey } from './objects.ts'
import { deleteFile } from './stored-file.ts'

export interface ObjectName {
  /**
   * `dataset`: the files of a version, and the answers in its order. `file`: one stored whole. `upload`: all
   * parts of an upload. `model`: a file of an added model.
   */
  readonly kind: 'dataset' | 'image' | 'file' | 'upload' | 'model'
  /** For an upload, its id. */
  readonly digest: string
}

const DATASET_PARTS = ['items.jsonl', 'items.idx', 'columns.bin', 'checksums.json'] as const

/** Deletes every object with these names. R2 deletes at most 1000 keys per call: pass at most 250 names. */
export async function deleteObjects(
  db: D1Database,
  bucket: R2Bucket,
  tenant: string,
  names: readonly ObjectName[],
): Promise<void> {
  await bucket.delete(names.flatMap((name) => keysOf(tenant, name)))
  for (const name of names) await deleteListed(db, bucket, tenant, name)
}

/** Keys derived from the name alone. */
function keysOf(tenant: string, { kind, digest }: ObjectName): string[] {
  switch (kind) {
    case 'image':
      return [objectKey.image(tenant, digest)]
    case 'model':
      return [objectKey.model(tenant, digest)]
    case 'dataset':
      return DATASET_PARTS.map((part) => objectKey.dataset(tenant, digest, part))
    case 'file':
    case 'upload':
      return []
  }
}

/** Objects whose keys must be listed. */
async function deleteListed(db: D1Database, bucket: R2Bucket, tenant: string, { kind, digest }: ObjectName): Promise<void> {
  // Answers of results files are stored in the order of the version that they were checked against.
  if (kind === 'dataset') await deletePrefix(bucket, objectKey.answersOf(tenant, digest))
  if (kind === 'file') await deleteFile(bucket, tenant, digest)
  if (kind !== 'upload') return
  await deletePrefix(bucket, objectKey.uploadPart(tenant, digest, ''))
  await db.prepare(`DELETE FROM upload_parts WHERE tenant_id = ?1 AND upload_id = ?2`).bind(tenant, digest).run()
}

async function deletePrefix(bucket: R2Bucket, prefix: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix })
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key))
    if (!truncated) return
  }
}
