/**
 * Image format by the first bytes. File names and declared media types are ignored.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { badImage } from './bad-image.ts'

export type ImageFormat = 'png' | 'jpeg' | 'webp'

export const ACCEPTED_MEDIA_TYPES = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' } as const

/** A pattern of leading bytes as latin-1 text; `?` stands for any byte. */
type Magic = readonly [pattern: string, name: string]

const accepted: readonly (readonly [string, ImageFormat])[] = [
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['RIFF????WEBP', 'webp'],
]

const recognised: readonly Magic[] = [
  ['GIF8', 'GIF'],
  ['BM', 'BMP'],
  ['II*\0', 'TIFF'],
  ['MM\0*', 'TIFF'],
  ['????ftypavif', 'AVIF'],
  ['????ftypavis', 'AVIF'],
  ['????ftyphei', 'HEIC'],
  ['????ftypmif1', 'HEIF'],
  ['\0\0\0\x0cJXL ', 'JPEG XL'],
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000'],
  ['\0\0\x01\0', 'ICO'],
  ['%PDF', 'PDF'],
  ['8BPS', 'Photoshop'],
  ['<svg', 'SVG'],
  ['<?xml', 'SVG or other XML'],
]

/**
 * Identifies the format of an image file.
 * @throws {Fault} `unsupported_media` for a recognised format that is not accepted; `bad_image` with reason
 *   `truncated` for the beginning of an accepted signature, `unknown_format` for anything else
 */
export function identifyFormat(bytes: Uint8Array): ImageFormat {
  for (const [pattern, format] of accepted) {
    if (startsWith(bytes, pattern)) return format
  }
  for (const [pattern, name] of recognised) {
    if (startsWith(bytes, pattern))
      throw new Fault({
        kind: 'unsupported_media',
        detail: `this looks like ${name}; send PNG, JPEG or WebP`,
        accepted: Object.values(ACCEPTED_MEDIA_TYPES),
      })
  }
  for (const [pattern, format] of accepted) {
    if (bytes.length < pattern.length && startsWith(bytes, pattern.slice(0, bytes.length)))
      throw badImage('truncated', `the file ends within the ${format.toUpperCase()} signature`)
  }
  throw badImage('unknown_format', 'the first bytes match no known image format; send PNG, JPEG or WebP')
}

function startsWith(bytes: Uint8Array, pattern: string): boolean {
  if (bytes.length < pattern.length) return false
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== '?' && bytes[i] !== pattern.charCodeAt(i)) return false
  }
  return true
}
