/**
 * A file in its wire shape.
 * @module
 */
import type { FileRecord } from '../../../contracts/records.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import type { FileObject } from './schema.ts'

export function fileShape({ id, bytes, createdAt, filename, sha256, expiresAt }: FileRecord): FileObject {
  return {
    object: 'file',
    id,
    bytes,
    created_at: unixSeconds(createdAt),
    filename,
    purpose: 'evals',
    status: 'processed',
    ...(expiresAt !== null && { expires_at: unixSeconds(expiresAt) }),
    sha256,
  }
}
