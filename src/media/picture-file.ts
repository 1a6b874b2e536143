/**
 * Which files of a folder or an archive are pictures, and which lie beside them: notes, tables, `Thumbs.db`.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { identifyFormat } from './image-format.ts'

/** Endings of picture files, accepted or not: a wrong one is refused by its content, with the remedy. */
const PICTURE = /\.(jpe?g|jfif|png|apng|webp|gif|avif|hei[cf]|hif|tiff?|bmp|svg|jxl|jp2|ico)$/i

/** Bytes at the beginning of a file that tell. */
export const TELLING_BYTES = 16

/** Whether a file has the ending of a picture. */
export const hasPictureEnding = (name: string): boolean => PICTURE.test(name)

/**
 * Whether a file without such an ending is a picture. One with another ending, such as `.dat`, must be of an
 * accepted format: many other files begin as TIFF or XML.
 * @param begin - its first {@link TELLING_BYTES} bytes
 */
export function beginsAsPicture(name: string, begin: Uint8Array): boolean {
  try {
    identifyFormat(begin)
    return true
  } catch (error) {
    const isOther = error instanceof Fault && error.failure.kind === 'unsupported_media'
    return isOther && !/\.[^./\\]*$/.test(name)
  }
}
