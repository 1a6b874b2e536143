/**
 * Pictures that a prompt names by text: the id of a stored image, or a `data:` URI.
 * @module
 */
import { fromBase64 } from '../../contracts/base64.ts'
import { type ReadImage, SampleError } from '../../contracts/model.ts'
import { ACCEPTED_MEDIA_TYPES, identifyFormat } from '../../media/image-format.ts'
import { type Picture, readStored } from './stored-picture.ts'

const STORED = /^img_([0-9a-f]{64})$/

/**
 * @throws {SampleError} `bad_image` for bytes that are not a picture, `image_missing`, or `picture_address`
 *   for an address on the web: a report must not depend on what it answers today
 */
export async function readAddress(url: string, readImage: ReadImage): Promise<Picture> {
  const stored = STORED.exec(url)?.[1]
  const bytes = stored === undefined ? bytesOf(url) : await readStored(stored, readImage)
  try {
    return { mediaType: ACCEPTED_MEDIA_TYPES[identifyFormat(bytes)], bytes }
  } catch (cause) {
    throw new SampleError('bad_image', (cause as Error).message, { cause })
  }
}

function bytesOf(url: string): Uint8Array {
  const head = url.slice(0, url.indexOf(',') + 1)
  if (!/^data:/i.test(url))
    throw new SampleError(
      'picture_address',
      'a picture by its web address is not fetched; store it by POST /v1/images and give its id, or a data: URI',
    )
  const bytes = /^data:[^,]*;[ ]*base64[ ]*,$/i.test(head) ? fromBase64(url.slice(head.length)) : null
  if (bytes === null) throw new SampleError('bad_image', 'the data: URI is not valid base64')
  return bytes
}
