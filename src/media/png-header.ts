/**
 * PNG, up to but not into its compressed data (W3C PNG third edition; chunk rules of section 5).
 *
 * Ancillary chunks other than tRNS, eXIf and acTL are stepped over by their length: a compressed profile or text is never
 * inflated, so a bomb in it costs nothing. Gamma and profiles are ignored, as Pillow's `convert` ignores them.
 * @module
 */
import { badImage } from './bad-image.ts'
import { crc32 } from './checksums.ts'
import { readExifOrientation } from './exif.ts'
import type { ColorModel, FormatHeader } from './image-header.ts'
import type { Orientation } from './orient.ts'

/** IHDR's colour types. */
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
  /** RGB triples, 3 to 768 bytes; undefined where there is no PLTE. */
  readonly palette: Uint8Array | undefined
  /** tRNS as stored: alphas of the palette, or one 16-bit sample per channel. */
  readonly transparency: Uint8Array | undefined
  /** The pieces of one zlib stream, in order. */
  readonly compressed: readonly Uint8Array[]
  readonly orientation: Orientation
  /** Length up to the end of IEND, in bytes. */
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

export function readPngHeader(bytes: Uint8Array): FormatHeader {
  const png = readPngStructure(bytes)
  return {
    width: png.width,
    height: png.height,
    orientation: png.orientation,
    hasAlpha: png.transparency !== undefined || png.colorType === GRAY_ALPHA || png.colorType === RGB_ALPHA,
    bitDepth: png.bitDepth,
    colorModel: colorTypes[png.colorType]!.model,
    encodedBytes: png.encodedBytes,
    decoderBytes: 0,
  }
}

/**
 * Walks the chunks and keeps views of those that make pixels.
 * @throws {Fault} `bad_image`: `truncated`, `corrupt` (order, CRC, illegal values), `animated`
 */
export function readPngStructure(bytes: Uint8Array): PngStructure {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = SIGNATURE_BYTES
  let header: Pick<PngStructure, 'width' | 'height' | 'bitDepth' | 'colorType' | 'interlaced'> | undefined
  let palette: Uint8Array | undefined
  let transparency: Uint8Array | undefined
  let orientation: Orientation = 1
  const compressed: Uint8Array[] = []
  let previous = ''
  for (;;) {
    if (at + CHUNK_OVERHEAD > bytes.length) throw badImage('truncated', 'the PNG ends before its IEND chunk')
    const length = view.getUint32(at)
    const end = at + CHUNK_OVERHEAD + length
    if (end > bytes.length) throw badImage('truncated', `a PNG chunk declares ${length} bytes, the file ends before them`)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const payload = bytes.subarray(at + 8, at + 8 + length)
    if (header === undefined && type !== 'IHDR') throw badImage('corrupt', 'the first PNG chunk is not IHDR')
    switch (type) {
      case 'IHDR':
        if (header !== undefined) throw badImage('corrupt', 'the PNG has two IHDR chunks')
        verifyCrc(bytes, at, length)
        header = readIhdr(payload)
        break
      case 'PLTE':
        verifyCrc(bytes, at, length)
        if (palette !== undefined || compressed.length > 0) throw badImage('corrupt', 'the PNG palette is out of place')
        if (length === 0 || length > 768 || length % 3 !== 0) throw badImage('corrupt', `a PNG palette of ${length} bytes`)
        palette = payload
        break
      case 'tRNS':
        verifyCrc(bytes, at, length)
        if (compressed.length > 0) throw badImage('corrupt', 'PNG transparency follows the pixels')
        transparency = payload
        break
      case 'eXIf':
        orientation = readExifOrientation(payload)
        break
      case 'acTL':
        throw badImage('animated', 'this is an animated PNG; send one still picture')
      case 'IDAT':
        if (compressed.length > 0 && previous !== 'IDAT') throw badImage('corrupt', 'the PNG pixel data is interrupted')
        compressed.push(payload)
        break
      case 'IEND':
        if (compressed.length === 0) throw badImage('corrupt', 'the PNG has no pixel data')
        checkColor(header!, palette, transparency)
        return { ...header!, palette, transparency, compressed, orientation, encodedBytes: end }
      default:
        // The first letter's case says whether a decoder may skip what it does not know.
        if ((bytes[at + 4]! & 0x20) === 0) throw badImage('corrupt', `unknown critical PNG chunk ${JSON.stringify(type)}`)
    }
    previous = type
    at = end
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
