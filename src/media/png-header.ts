/**
 * PNG structure, without its compressed data (W3C PNG third edition; chunk rules of section 5).
 *
 * Ancillary chunks other than tRNS, eXIf and acTL are skipped by their length. Compressed profiles and texts
 * are never inflated, so a decompression bomb in them costs nothing. Gamma and profiles are ignored, as in
 * Pillow's `convert`.
 * @module
 */
import { badImage } from './bad-image.ts'
import { crc32 } from './checksums.ts'
import { readExifOrientation } from './exif.ts'
import type { ColorModel, FormatHeader } from './format-header.ts'
import type { Pieces } from './inflate.ts'
import { IMAGE_LIMITS, type ImageLimits } from './limits.ts'
import type { Orientation } from './orient.ts'

/** IHDR colour types. */
export const GRAY = 0
export const RGB = 2
export const PALETTE = 3
export const GRAY_ALPHA = 4
export const RGB_ALPHA = 6

export interface PngStructure {
  readonly width: number
  readonly height: number
  readonly bitDepth: number
  readonly colorType: number
  readonly interlaced: boolean
  /** RGB triples, 3 to 768 bytes; undefined without PLTE. */
  readonly palette: Uint8Array | undefined
  /** tRNS as stored: alphas of the palette, or one 16-bit sample per channel. */
  readonly transparency: Uint8Array | undefined
  /** Range of the IDAT chunks, from the first one's length to the last one's checksum, in bytes. */
  readonly pixelChunks: { readonly start: number; readonly end: number }
  readonly orientation: Orientation
  /** Length up to the end of IEND, in bytes. */
  /** Frames of an animated PNG. */
  readonly frames?: number
  readonly encodedBytes: number
}

const SIGNATURE_BYTES = 8
/** Length, type and CRC. */
const CHUNK_OVERHEAD = 12

const colorTypes: Record<number, { readonly bitDepths: readonly number[]; readonly model: ColorModel }> = {
  [GRAY]: { bitDepths: [1, 2, 4, 8, 16], model: 'gray' },
  [RGB]: { bitDepths: [8, 16], model: 'rgb' },
  [PALETTE]: { bitDepths: [1, 2, 4, 8], model: 'palette' },
  [GRAY_ALPHA]: { bitDepths: [8, 16], model: 'gray' },
  [RGB_ALPHA]: { bitDepths: [8, 16], model: 'rgb' },
}

/** Chunk type as its 32-bit number in the file. Strings would cost one object per chunk. */
const typeOf = (name: string): number =>
  (name.charCodeAt(0) << 24) | (name.charCodeAt(1) << 16) | (name.charCodeAt(2) << 8) | name.charCodeAt(3)
const [IHDR, PLTE, TRNS, EXIF, ACTL, IDAT, IEND] = ['IHDR', 'PLTE', 'tRNS', 'eXIf', 'acTL', 'IDAT', 'IEND'].map(typeOf)

export function readPngHeader(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): FormatHeader {
  const png = readPngStructure(bytes, limits)
  return {
    width: png.width,
    height: png.height,
    orientation: png.orientation,
    hasAlpha: png.transparency !== undefined || png.colorType === GRAY_ALPHA || png.colorType === RGB_ALPHA,
    bitDepth: png.bitDepth,
    colorModel: colorTypes[png.colorType]!.model,
    encodedBytes: png.encodedBytes,
    ...(png.frames === undefined ? {} : { frames: png.frames }),
    decodesInParts: !png.interlaced,
    decoderBytes: 0,
  }
}

/**
 * Walks the chunks once and records those that determine pixels. Holds no object per chunk.
 * @throws {Fault} `bad_image`: `truncated`, `corrupt` (order, CRC, illegal values),
 *   `too_many_chunks`
 */
export function readPngStructure(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): PngStructure {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = SIGNATURE_BYTES
  let header: Pick<PngStructure, 'width' | 'height' | 'bitDepth' | 'colorType' | 'interlaced'> | undefined
  let palette: Uint8Array | undefined
  let transparency: Uint8Array | undefined
  let orientation: Orientation = 1
  let frames: number | undefined
  /** 0 until a chunk is found: chunks come after the signature. */
  let pixelsStart = 0
  let pixelsEnd = 0
  for (let chunks = 1; ; chunks++) {
    if (chunks > limits.chunks) throw badImage('too_many_chunks', `the PNG has more than ${limits.chunks} chunks; save it again`)
    if (at + CHUNK_OVERHEAD > bytes.length) throw badImage('truncated', 'the PNG ends before its IEND chunk')
    const length = view.getUint32(at)
    const end = at + CHUNK_OVERHEAD + length
    if (end > bytes.length) throw badImage('truncated', `a PNG chunk declares ${length} bytes, the file ends before them`)
    const type = view.getInt32(at + 4)
    if (header === undefined && type !== IHDR) throw badImage('corrupt', 'the first PNG chunk is not IHDR')
    switch (type) {
      case IHDR:
        if (header !== undefined) throw badImage('corrupt', 'the PNG has two IHDR chunks')
        verifyCrc(bytes, at, length)
        header = readIhdr(payloadAt(bytes, at, length))
        break
      case PLTE:
        verifyCrc(bytes, at, length)
        if (palette !== undefined || pixelsStart > 0) throw badImage('corrupt', 'the PNG palette is out of place')
        if (length === 0 || length > 768 || length % 3 !== 0) throw badImage('corrupt', `a PNG palette of ${length} bytes`)
        palette = payloadAt(bytes, at, length)
        break
      case TRNS:
        verifyCrc(bytes, at, length)
        if (pixelsStart > 0) throw badImage('corrupt', 'PNG transparency follows the pixels')
        transparency = payloadAt(bytes, at, length)
        break
      case EXIF:
        orientation = readExifOrientation(payloadAt(bytes, at, length))
        break
      case ACTL:
        // The pixel data is the first frame, or the picture that stands for the animation.
        if (length !== 8) throw badImage('corrupt', `an acTL of ${length} bytes`)
        frames = view.getUint32(at + 8)
        break
      case IDAT:
        if (pixelsStart > 0 && pixelsEnd !== at) throw badImage('corrupt', 'the PNG pixel data is interrupted')
        if (pixelsStart === 0) pixelsStart = at
        pixelsEnd = end
        break
      case IEND:
        if (pixelsStart === 0) throw badImage('corrupt', 'the PNG has no pixel data')
        checkColor(header!, palette, transparency)
        return {
          ...header!,
          palette,
          transparency,
          pixelChunks: { start: pixelsStart, end: pixelsEnd },
          orientation,
          encodedBytes: end,
          ...(frames === undefined ? {} : { frames }),
        }
      default:
        // The case of the first letter says whether a decoder may skip an unknown chunk.
        if ((bytes[at + 4]! & 0x20) === 0)
          throw badImage(
            'corrupt',
            `unknown critical PNG chunk ${JSON.stringify(String.fromCharCode(...bytes.subarray(at + 4, at + 8)))}`,
          )
    }
    at = end
  }
}

const payloadAt = (bytes: Uint8Array, at: number, length: number): Uint8Array => bytes.subarray(at + 8, at + 8 + length)

/** The zlib stream of a PNG: the contents of its IDAT chunks, in place. */
export function pixelPieces(bytes: Uint8Array, { pixelChunks }: Pick<PngStructure, 'pixelChunks'>): Pieces {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let chunk = pixelChunks.start
  return {
    bytes,
    start: 0,
    end: 0,
    next() {
      if (chunk >= pixelChunks.end) return false
      this.start = chunk + 8
      this.end = this.start + view.getUint32(chunk)
      chunk = this.end + 4
      return true
    },
  }
}

function verifyCrc(bytes: Uint8Array, at: number, length: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
    throw badImage('corrupt', 'a PNG chunk does not match its checksum')
}

function readIhdr(payload: Uint8Array): Pick<PngStructure, 'width' | 'height' | 'bitDepth' | 'colorType' | 'interlaced'> {
  if (payload.length !== 13) throw badImage('corrupt', `an IHDR of ${payload.length} bytes`)
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const bitDepth = payload[8]!
  const colorType = payload[9]!
  if (!colorTypes[colorType]?.bitDepths.includes(bitDepth))
    throw badImage('corrupt', `PNG has no colour type ${colorType} with ${bitDepth} bits`)
  if (payload[10] !== 0 || payload[11] !== 0 || payload[12]! > 1)
    throw badImage('corrupt', 'the PNG names an unknown compression, filter or interlace method')
  return { width: view.getUint32(0), height: view.getUint32(4), bitDepth, colorType, interlaced: payload[12] === 1 }
}

function checkColor(
  header: Pick<PngStructure, 'colorType'>,
  palette: Uint8Array | undefined,
  transparency: Uint8Array | undefined,
): void {
  if (header.colorType === PALETTE && palette === undefined) throw badImage('corrupt', 'a palette PNG without a palette')
  if (transparency === undefined) return
  const legal =
    header.colorType === PALETTE
      ? transparency.length <= palette!.length / 3
      : transparency.length === { [GRAY]: 2, [RGB]: 6 }[header.colorType]
  if (!legal) throw badImage('corrupt', `PNG transparency of ${transparency.length} bytes`)
}
