/**
 * An image file's properties, read from its markers and chunks. Nothing is decoded or inflated.
 *
 * Expensive, ambiguous and partly decodable files are refused here, before a decoder reads a byte.
 * @module
 */
import type { ImageReference } from '../contracts/item.ts'
import { Fault } from '../contracts/failure.ts'
import { SHRINK_PICTURE } from '../contracts/picture-advice.ts'
import { badImage } from './bad-image.ts'
import type { FormatHeader } from './format-header.ts'
import { readGifHeader } from './gif-header.ts'
import { readJpegHeader } from './jpeg-header.ts'
import { IMAGE_LIMITS, type ImageLimits } from './limits.ts'
import { swapsSides } from './orient.ts'
import { readPngHeader } from './png-header.ts'
import { ACCEPTED_MEDIA_TYPES, identifyFormat, type ImageFormat } from './image-format.ts'
import { readWebpHeader } from './webp-header.ts'

export interface ImageHeader extends FormatHeader {
  readonly format: ImageFormat
  readonly media_type: ImageReference['media_type']
  /** As displayed after the EXIF orientation, in pixels. */
  readonly orientedWidth: number
  readonly orientedHeight: number
  /** Decoded in parts: too large to decode whole, or CMYK. */
  readonly isLarge: boolean
}

const readers: Record<ImageFormat, (bytes: Uint8Array, limits: ImageLimits) => FormatHeader> = {
  png: readPngHeader,
  jpeg: readJpegHeader,
  webp: readWebpHeader,
  gif: readGifHeader,
}

/**
 * Reads and checks a header.
 * @throws {Fault} `too_large` (bytes, pixels, side or decoder memory), `unsupported_media` (another format or
 *   an unsupported coding) or `bad_image` with its reason. Nothing else, whatever the bytes.
 */
export function readImageHeader(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): ImageHeader {
  if (bytes.length === 0) throw badImage('empty', 'the file has no bytes')
  if (bytes.length > limits.bytes) throw tooLarge('image file', limits.bytes, bytes.length, 'bytes', SHRINK_PICTURE)
  const format = identifyFormat(bytes)
  const found = readers[format](bytes, limits)
  const { width, height } = found
  if (width === 0 || height === 0) throw badImage('zero_size', `the header declares ${width} × ${height} pixels`)
  if (Math.max(width, height) > limits.side)
    throw tooLarge('image side', limits.side, Math.max(width, height), 'pixels', SHRINK_PICTURE)
  const isLarge = width * height > limits.pixels || found.decoderBytes > limits.decoderBytes || found.colorModel === 'cmyk'
  if (isLarge) checkLarge(format, found, limits)
  const [orientedWidth, orientedHeight] = swapsSides(found.orientation) ? [height, width] : [width, height]
  return { format, media_type: ACCEPTED_MEDIA_TYPES[format], ...found, isLarge, orientedWidth, orientedHeight }
}

function checkLarge(format: ImageFormat, found: FormatHeader, limits: ImageLimits): void {
  const { width, height, decoderBytes, decodesInParts } = found
  const pixels = !decodesInParts ? limits.pixels : format === 'png' ? limits.pngPixels : limits.jpegPixels
  if (width * height > pixels) throw tooLarge('image', pixels, width * height, 'pixels', SHRINK_PICTURE)
  if (!decodesInParts && decoderBytes > limits.decoderBytes)
    throw tooLarge(`memory to decode this ${format}`, limits.decoderBytes, decoderBytes, 'bytes', SHRINK_PICTURE)
}

function tooLarge(what: string, limit: number, actual: number, unit: string, remedy: string): Fault {
  return new Fault({ kind: 'too_large', what, limit, actual, unit, remedy })
}
