/**
 * A picture in a JSON body, as a `data:` URI (RFC 2397).
 * @module
 */
import { fromBase64 } from '../../contracts/base64.ts'
import { invalidField } from '../../contracts/failure.ts'

/**
 * Decodes a `data:` URI in base64. The scheme and the names have no case. The declared type is not read: the
 * bytes say what a picture is.
 * @throws {Fault} `invalid`, without a place
 */
export function bytesOfDataUri(uri: string): Uint8Array<ArrayBuffer> {
  const head = uri.slice(0, uri.indexOf(',') + 1)
  if (!/^data:[^,]*;[ ]*base64[ ]*,$/i.test(head))
    throw invalidField('', 'must be a data: URI of image/png, image/jpeg or image/webp in base64: data:image/png;base64,…')
  const bytes = fromBase64(uri.slice(head.length))
  if (bytes === null) throw invalidField('', 'the data: URI is not valid base64')
  return bytes
}
