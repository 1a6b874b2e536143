/**
 * Image format by the first bytes. File names and declared media types are ignored.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { badImage } from './bad-image.ts'

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif'

export const ACCEPTED_MEDIA_TYPES = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif' } as const

/** A pattern of leading bytes as latin-1 text (`?` stands for any byte), and the command that converts. */
type Magic = readonly [pattern: string, name: string, command: string]

const accepted: readonly (readonly [string, ImageFormat])[] = [
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['RIFF????WEBP', 'webp'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
]

const magick = (ending: string, page = '') => `magick "in.${ending}${page}" out.png`
const HEIC = 'magick in.heic out.jpg (macOS: sips -s format jpeg in.heic --out out.jpg)'
const SVG = 'rsvg-convert -w 1024 in.svg -o out.png'

const recognised: readonly Magic[] = [
  ['BM', 'BMP', magick('bmp')],
  ['II*\0', 'TIFF', magick('tif', '[0]')],
  ['MM\0*', 'TIFF', magick('tif', '[0]')],
  ['????ftypavif', 'AVIF', magick('avif')],
  ['????ftypavis', 'AVIF', magick('avif', '[0]')],
  ['????ftyphei', 'HEIC', HEIC],
  ['????ftyphev', 'HEIC', HEIC],
  ['????ftypmif1', 'HEIF', HEIC],
  ['????ftypmsf1', 'HEIF', HEIC],
  ['\0\0\0\x0cJXL ', 'JPEG XL', 'djxl in.jxl out.png'],
  ['\xff\x0a', 'JPEG XL', 'djxl in.jxl out.png'],
  ['\0\0\0\x0cjP  ', 'JPEG 2000', magick('jp2')],
  ['\0\0\x01\0', 'ICO', magick('ico', '[0]')],
  ['%PDF', 'PDF', 'pdftoppm -png -r 150 -singlefile in.pdf out'],
  ['8BPS', 'Photoshop', magick('psd', '[0]')],
  ['<svg', 'SVG', SVG],
  ['\xef\xbb\xbf<svg', 'SVG', SVG],
  ['<!DOCTYPE svg', 'SVG', SVG],
  ['<?xml', 'SVG or other XML', SVG],
  ['\xef\xbb\xbf<?xml', 'SVG or other XML', SVG],
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
  for (const [pattern, name, command] of recognised) {
    if (startsWith(bytes, pattern))
      throw new Fault({
        kind: 'unsupported_media',
        detail: `this looks like ${name}; send PNG, JPEG, WebP or GIF: ${command}`,
        accepted: Object.values(ACCEPTED_MEDIA_TYPES),
      })
  }
  for (const [pattern, format] of accepted) {
    if (bytes.length < pattern.length && startsWith(bytes, pattern.slice(0, bytes.length)))
      throw badImage('truncated', `the file ends within the ${format.toUpperCase()} signature`)
  }
  throw badImage('unknown_format', 'the first bytes match no known image format; send PNG, JPEG, WebP or GIF')
}

function startsWith(bytes: Uint8Array, pattern: string): boolean {
  if (bytes.length < pattern.length) return false
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== '?' && bytes[i] !== pattern.charCodeAt(i)) return false
  }
  return true
}
