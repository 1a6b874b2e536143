/**
 * WebP's container (RFC 9649, section 2), and the dimensions in VP8 and VP8L data.
 * @module
 */
import { badImage } from './bad-image.ts'
import { readExifOrientation, withoutExifPrefix } from './exif.ts'
import type { FormatHeader } from './format-header.ts'
import { IMAGE_LIMITS, type ImageLimits } from './limits.ts'
import type { Orientation } from './orient.ts'

const RIFF_HEADER_BYTES = 12
const CHUNK_HEADER_BYTES = 8
const ANIMATION_FLAG = 0x02
const ALPHA_FLAG = 0x10

interface Frame {
  readonly width: number
  readonly height: number
  readonly hasAlpha: boolean
  readonly lossless: boolean
}

/** Chunk type as its 32-bit number in the file. Strings would cost one object per chunk. */
const typeOf = (name: string): number =>
  (name.charCodeAt(0) << 24) | (name.charCodeAt(1) << 16) | (name.charCodeAt(2) << 8) | name.charCodeAt(3)
const [VP8X, ANMF, ALPH, VP8, VP8L, EXIF] = ['VP8X', 'ANMF', 'ALPH', 'VP8 ', 'VP8L', 'EXIF'].map(typeOf)

/**
 * @throws {Fault} `bad_image`: `truncated`, `corrupt`, `animated` (a first frame smaller than the picture),
 *   `too_many_chunks`, `header_mismatch` (canvas against frame)
 */
export function readWebpHeader(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): FormatHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const encodedBytes = view.getUint32(4, true) + 8
  if (encodedBytes > bytes.length) throw badImage('truncated', `the WebP declares ${encodedBytes} bytes and has ${bytes.length}`)
  let frame: Frame | undefined
  let canvas: Canvas | undefined
  let alphaPlane = false
  let frames = 0
  let still: AnimationFrame | undefined
  let orientation: Orientation = 1
  let at = RIFF_HEADER_BYTES
  for (let chunks = 1; at + CHUNK_HEADER_BYTES <= encodedBytes; chunks++) {
    if (chunks > limits.chunks) throw badImage('too_many_chunks', `the WebP has more than ${limits.chunks} chunks; save it again`)
    const type = view.getInt32(at)
    const length = view.getUint32(at + 4, true)
    const start = at + CHUNK_HEADER_BYTES
    if (start + length > encodedBytes) throw badImage('truncated', `a WebP chunk of ${length} bytes does not fit its file`)
    switch (type) {
      case VP8X:
        if (at !== RIFF_HEADER_BYTES) throw badImage('corrupt', 'the WebP extended header is not the first chunk')
        canvas = readExtended(payloadAt(bytes, start, length))
        break
      case ANMF:
        frames++
        if (frames > 1) break
        still = readAnimationFrame(bytes, start, length)
        frame = still.frame
        alphaPlane = still.alphaPlane
        break
      case ALPH:
        alphaPlane = true
        break
      case VP8:
      case VP8L:
        if (frame !== undefined || frames > 0) throw badImage('corrupt', 'the WebP has two frames')
        frame = type === VP8 ? readLossy(payloadAt(bytes, start, length)) : readLossless(payloadAt(bytes, start, length))
        break
      case EXIF:
        orientation = readExifOrientation(withoutExifPrefix(payloadAt(bytes, start, length)))
        break
      default: // ICCP, XMP and unknown chunks do not change pixels (section 2.7.1.6)
    }
    at = start + length + (length & 1)
  }
  if (frame === undefined) throw badImage('corrupt', 'the WebP has no picture chunk')
  if (canvas?.isAnimated === true && still === undefined) throw badImage('corrupt', 'an animated WebP without a frame')
  if (still !== undefined && (canvas?.width !== frame.width || canvas.height !== frame.height))
    throw badImage('animated', `the first frame of this WebP covers a part of the picture; ${STILL}`)
  if (canvas !== undefined && (canvas.width !== frame.width || canvas.height !== frame.height))
    throw badImage(
      'header_mismatch',
      `the WebP canvas is ${canvas.width} × ${canvas.height}, its frame ${frame.width} × ${frame.height}`,
    )
  return {
    width: frame.width,
    height: frame.height,
    orientation,
    hasAlpha: frame.hasAlpha || (canvas?.hasAlpha === true && alphaPlane),
    bitDepth: 8,
    colorModel: frame.lossless ? 'rgb' : 'ycc',
    encodedBytes,
    decodesInParts: false,
    decoderBytes: estimateDecoderBytes(frame, alphaPlane, encodedBytes),
    ...(still === undefined ? {} : { frames, firstFrame: still.chunks }),
  }
}

const payloadAt = (bytes: Uint8Array, start: number, length: number): Uint8Array => bytes.subarray(start, start + length)

interface Canvas extends Pick<Frame, 'width' | 'height' | 'hasAlpha'> {
  readonly isAnimated: boolean
}

function readExtended(payload: Uint8Array): Canvas {
  if (payload.length < 10) throw badImage('truncated', 'the WebP extended header is cut short')
  return {
    width: uint24(payload, 4) + 1,
    height: uint24(payload, 7) + 1,
    hasAlpha: (payload[0]! & ALPHA_FLAG) !== 0,
    isAnimated: (payload[0]! & ANIMATION_FLAG) !== 0,
  }
}

interface AnimationFrame {
  readonly frame: Frame
  readonly alphaPlane: boolean
  /** Place of its ALPH, VP8 and VP8L chunks in the file. */
  readonly chunks: { readonly start: number; readonly end: number }
}

/** RFC 9649, section 2.7.1.5: offset and sides in 16 bytes, then the chunks of a still picture. */
function readAnimationFrame(bytes: Uint8Array, start: number, length: number): AnimationFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const payload = payloadAt(bytes, start, length)
  if (length < 16) throw badImage('truncated', 'a WebP animation frame is cut short')
  if (uint24(payload, 0) !== 0 || uint24(payload, 3) !== 0)
    throw badImage('animated', `the first frame of this WebP covers a part of the picture; ${STILL}`)
  let frame: Frame | undefined
  let alphaPlane = false
  const end = start + length
  for (let at = start + 16; at + CHUNK_HEADER_BYTES <= end;) {
    const type = view.getInt32(at)
    const size = view.getUint32(at + 4, true)
    const content = payloadAt(bytes, at + CHUNK_HEADER_BYTES, size)
    if (at + CHUNK_HEADER_BYTES + size > end) throw badImage('truncated', 'a WebP animation frame is cut short')
    if (type === ALPH) alphaPlane = true
    if (type === VP8) frame ??= readLossy(content)
    if (type === VP8L) frame ??= readLossless(content)
    at += CHUNK_HEADER_BYTES + size + (size & 1)
  }
  if (frame === undefined) throw badImage('corrupt', 'the first frame of the WebP has no picture chunk')
  if (frame.width !== uint24(payload, 6) + 1 || frame.height !== uint24(payload, 9) + 1)
    throw badImage('header_mismatch', 'the first frame of the WebP has other sides than it declares')
  return { frame, alphaPlane, chunks: { start: start + 16, end } }
}

const STILL = 'send one still picture: magick "in.webp[0]" out.png'

/**
 * A still WebP of the first frame of an animation.
 * @param chunks - `firstFrame` of its header
 */
export function firstFrameOf(
  bytes: Uint8Array,
  { width, height }: Pick<FormatHeader, 'width' | 'height'>,
  { start, end }: { readonly start: number; readonly end: number },
): Uint8Array {
  const extended = CHUNK_HEADER_BYTES + 10
  const still = new Uint8Array(RIFF_HEADER_BYTES + extended + end - start)
  const view = new DataView(still.buffer)
  still.set(bytes.subarray(0, RIFF_HEADER_BYTES))
  view.setUint32(4, still.length - 8, true)
  view.setInt32(RIFF_HEADER_BYTES, VP8X!)
  view.setUint32(RIFF_HEADER_BYTES + 4, 10, true)
  const at = RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES
  still[at] = ALPHA_FLAG
  for (const [offset, side] of [
    [4, width - 1],
    [7, height - 1],
  ] as const)
    for (let byte = 0; byte < 3; byte++) still[at + offset + byte] = (side >>> (8 * byte)) & 0xff
  still.set(bytes.subarray(start, end), RIFF_HEADER_BYTES + extended)
  return still
}

/** RFC 6386, section 9.1: a key frame's tag, start code, and 14-bit sides. */
function readLossy(payload: Uint8Array): Frame {
  if (payload.length < 10) throw badImage('truncated', 'the WebP lossy frame is cut short')
  if ((payload[0]! & 1) !== 0 || uint24(payload, 3) !== 0x2a019d)
    throw badImage('corrupt', 'the WebP lossy frame has no start code')
  const width = (payload[6]! | (payload[7]! << 8)) & 0x3fff
  const height = (payload[8]! | (payload[9]! << 8)) & 0x3fff
  return { width, height, hasAlpha: false, lossless: false }
}

/** RFC 9649, section 3.4: signature, 14-bit sides less one, alpha hint, version. */
function readLossless(payload: Uint8Array): Frame {
  if (payload.length < 5) throw badImage('truncated', 'the WebP lossless frame is cut short')
  const bits = (payload[1]! | (payload[2]! << 8) | (payload[3]! << 16) | (payload[4]! << 24)) >>> 0
  if (payload[0] !== 0x2f || bits >>> 29 !== 0) throw badImage('corrupt', 'the WebP lossless frame has no signature')
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha: ((bits >>> 28) & 1) === 1, lossless: true }
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
}

/**
 * RGBA output, libwebp's ARGB working copy for lossless data, an alpha plane, and the file twice (the glue
 * copies it).
 */
function estimateDecoderBytes(frame: Frame, alphaPlane: boolean, encodedBytes: number): number {
  const pixels = frame.width * frame.height
  return pixels * (frame.lossless ? 8 : alphaPlane ? 6 : 4) + encodedBytes * 2
}
