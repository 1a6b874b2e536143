/**
 * JPEG markers from SOI to EOI (ITU-T T.81, annex B). Entropy-coded data is skipped.
 *
 * The decoder fills damaged areas with grey and warns. So the end marker is required here, and codecs.ts
 * refuses pictures with warnings.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import { badImage } from './bad-image.ts'
import { readExifOrientation, withoutExifPrefix } from './exif.ts'
import { ACCEPTED_MEDIA_TYPES } from './image-format.ts'
import type { FormatHeader } from './format-header.ts'
import type { ImageLimits } from './limits.ts'
import type { Orientation } from './orient.ts'

const SOF0 = 0xc0
const SOF1 = 0xc1
const SOF2 = 0xc2
const DHT = 0xc4
const JPG = 0xc8
const DAC = 0xcc
const RST0 = 0xd0
const RST7 = 0xd7
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const DNL = 0xdc
const APP1 = 0xe1
const TEM = 0x01

interface Frame {
  readonly width: number
  readonly height: number
  readonly progressive: boolean
  /** Sampling factors of each component. */
  readonly components: readonly { readonly h: number; readonly v: number }[]
}

/**
 * @throws {Fault} `bad_image`: `truncated`, `corrupt`, `unsupported_bit_depth`, `unsupported_color`,
 *   `too_many_scans`, `too_many_chunks`, `zero_size`; `unsupported_media` for arithmetic, lossless and
 *   hierarchical coding
 */
export function readJpegHeader(bytes: Uint8Array, limits: ImageLimits): FormatHeader {
  let at = 2
  let frame: Frame | undefined
  let orientation: Orientation = 1
  let scans = 0
  let wholeScan = true
  for (let markers = 1; ; markers++) {
    if (markers > limits.chunks) throw tooManySegments(limits)
    at = skipFill(bytes, at)
    const code = bytes[at++]!
    if (code === EOI) break
    if (code === TEM || (code >= RST0 && code <= RST7)) continue
    if (code === SOI) throw badImage('corrupt', 'a second JPEG begins within the first')
    const start = at + 2
    at += segmentLength(bytes, at)
    // Objects are made only for segments that are used: a file may have very many.
    if (isFrameHeader(code)) {
      if (frame !== undefined) throw badImage('corrupt', 'the JPEG has two frame headers')
      frame = readFrame(code, bytes.subarray(start, at))
    } else if (code === DNL) {
      throw badImage('zero_size', 'the JPEG declares its height after its pixels (DNL), which is not supported')
    } else if (code === DAC) {
      throw unsupportedCoding('arithmetic-coded')
    } else if (code === APP1) {
      const segment = bytes.subarray(start, at)
      const tiff = withoutExifPrefix(segment)
      if (tiff !== segment) orientation = readExifOrientation(tiff)
    } else if (code === SOS) {
      if (frame === undefined) throw badImage('corrupt', 'JPEG pixels come before the frame header')
      scans++
      if (bytes[start] !== frame.components.length) wholeScan = false
      if (scans > limits.scans)
        throw badImage('too_many_scans', `the JPEG has more than ${limits.scans} scans; save it again as baseline`)
      at = skipEntropyCoded(bytes, at)
    }
  }
  if (frame === undefined || scans === 0) throw badImage('corrupt', 'the JPEG has no picture')
  return {
    width: frame.width,
    height: frame.height,
    orientation,
    hasAlpha: false,
    bitDepth: 8,
    colorModel: frame.components.length === 1 ? 'gray' : frame.components.length === 3 ? 'ycc' : 'cmyk',
    encodedBytes: at,
    decodesInParts: true,
    sampling: frame.components,
    progressive: frame.progressive,
    decoderBytes: estimateDecoderBytes(frame, frame.progressive || !wholeScan, at),
  }
}

/** Position of the marker code after any fill bytes. */
function skipFill(bytes: Uint8Array, at: number): number {
  if (at < bytes.length && bytes[at] !== 0xff) throw badImage('corrupt', 'the JPEG has bytes between its segments')
  while (at < bytes.length && bytes[at] === 0xff) at++
  if (at >= bytes.length) throw truncated()
  return at
}

/** Length of the segment whose length field is at `at`, including that field, in bytes. */
function segmentLength(bytes: Uint8Array, at: number): number {
  if (at + 2 > bytes.length) throw truncated()
  const length = (bytes[at]! << 8) | bytes[at + 1]!
  if (length < 2) throw badImage('corrupt', `a JPEG segment of ${length} bytes`)
  if (at + length > bytes.length) throw truncated()
  return length
}

/** Position of the marker after entropy-coded data. Stuffed zeros and restart markers belong to the data. */
export function skipEntropyCoded(bytes: Uint8Array, at: number): number {
  // A loop instead of `indexOf`: the data may consist of markers, and a call costs more than the two bytes it
  // finds.
  const last = bytes.length - 1
  for (; at < last; at++) {
    if (bytes[at] !== 0xff) continue
    const code = bytes[at + 1]!
    if (code === 0xff) continue
    if (code !== 0 && (code < RST0 || code > RST7)) return at
    at++
  }
  throw truncated()
}

function tooManySegments({ chunks }: ImageLimits): Fault {
  return badImage('too_many_chunks', `the JPEG has more than ${chunks} segments; save it again`)
}

function truncated(): Fault {
  return badImage('truncated', 'the JPEG ends before its end marker')
}

function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== DHT && code !== JPG && code !== DAC
}

function readFrame(code: number, segment: Uint8Array): Frame {
  if (code !== SOF0 && code !== SOF1 && code !== SOF2)
    throw unsupportedCoding(code >= 0xc9 ? 'arithmetic-coded' : code === 0xc3 ? 'lossless' : 'hierarchical')
  const count = segment[5]
  if (count === undefined || segment.length !== 6 + 3 * count)
    throw badImage('corrupt', 'the JPEG frame header has the wrong length')
  if (segment[0] !== 8) throw badImage('unsupported_bit_depth', `the JPEG has ${segment[0]} bits a sample; send 8`)
  if (count !== 1 && count !== 3 && count !== 4)
    throw badImage('unsupported_color', `the JPEG has ${count} components; send 1, 3 or 4`)
  const components = Array.from({ length: count }, (_, i) => ({ h: segment[7 + 3 * i]! >> 4, v: segment[7 + 3 * i]! & 15 }))
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4))
    throw badImage('corrupt', 'the JPEG has illegal sampling factors')
  return {
    height: (segment[1]! << 8) | segment[2]!,
    width: (segment[3]! << 8) | segment[4]!,
    progressive: code === SOF2,
    components,
  }
}

function unsupportedCoding(name: string): Fault {
  return new Fault({
    kind: 'unsupported_media',
    detail: `this is a JPEG with ${name} data; save it as baseline or progressive JPEG`,
    accepted: Object.values(ACCEPTED_MEDIA_TYPES),
  })
}

/** RGBA output, 16-bit coefficients if there are several scans, and the file twice (the glue copies it). */
function estimateDecoderBytes(frame: Frame, severalScans: boolean, encodedBytes: number): number {
  const maxH = Math.max(...frame.components.map(({ h }) => h))
  const maxV = Math.max(...frame.components.map(({ v }) => v))
  const unitsX = Math.ceil(frame.width / (8 * maxH))
  const unitsY = Math.ceil(frame.height / (8 * maxV))
  const blocks = frame.components.reduce((sum, { h, v }) => sum + unitsX * h * unitsY * v, 0)
  return frame.width * frame.height * 4 + (severalScans ? blocks * 64 * 2 : 0) + encodedBytes * 2
}
