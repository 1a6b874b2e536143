/**
 * Stored pictures as an endpoint model sends them.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import type { ImageReference } from '../../contracts/item.ts'
import { type ReadImage, SampleError } from '../../contracts/model.ts'

export interface Picture {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/**
 * @throws {SampleError} for a missing or damaged picture: it fails its own item. Any other failure is
 *   storage's, and the shard is retried.
 */
export async function readPicture(reference: ImageReference, readImage: ReadImage): Promise<Picture> {
  return { mediaType: reference.media_type, bytes: await readStored(reference.sha256, readImage) }
}

/** The bytes of a stored picture. @throws {SampleError} as {@link readPicture} */
export async function readStored(sha256: string, readImage: ReadImage): Promise<Uint8Array> {
  try {
    return await readImage({ sha256 })
  } catch (cause) {
    if (cause instanceof Fault && cause.failure.kind === 'damaged')
      throw new SampleError('image_damaged', cause.message, { cause })
    if (!(cause instanceof Fault) || cause.failure.kind !== 'not_found') throw cause
    throw new SampleError('image_missing', `the image ${sha256} is no longer stored`, { cause })
  }
}
