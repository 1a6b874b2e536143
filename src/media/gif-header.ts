/**
 * The blocks of a GIF, walked without decoding (GIF89a specification, CompuServe 1990).
 * @module
 */
import { badImage } from './bad-image.ts'
import type { FormatHeader } from './format-header.ts'
import { IMAGE_LIMITS, type ImageLimits } from './limits.ts'

export interface GifStructure {
  /** The logical screen's. */
  readonly width: number
  readonly height: number
  readonly encodedBytes: number
  readonly frames: number
  /** The first frame. */
  readonly frame: {
    readonly left: number
    readonly top: number
    readonly width: number
    readonly height: number
    readonly interlaced: boolean
    /** RGB triples. */
    readonly palette: Uint8Array
    /** Index of the transparent colour, or -1. */
    readonly transparent: number
    /** Offset of the LZW data: a byte with its code size, then sub-blocks. */
    readonly data: number
  }
}

const SCREEN_BYTES = 13
const [EXTENSION, IMAGE, TRAILER] = [0x21, 0x2c, 0x3b]
const GRAPHIC_CONTROL = 0xf9

/** @throws {Fault} `bad_image`: `truncated`, `corrupt`, `too_many_chunks` */
export function readGifHeader(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): FormatHeader {
  const { width, height, encodedBytes, frames, frame } = readGifStructure(bytes, limits)
  const isWhole = frame.width === width && frame.height === height
  return {
    width,
    height,
    orientation: 1,
    hasAlpha: frame.transparent >= 0 || !isWhole,
    bitDepth: 8,
    colorModel: 'palette',
    encodedBytes,
    decodesInParts: false,
    decoderBytes: 0,
    ...(frames > 1 ? { frames } : {}),
  }
}

/** @throws {Fault} as {@link readGifHeader} */
export function readGifStructure(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): GifStructure {
  const need = (end: number) => {
    if (end > bytes.length) throw badImage('truncated', 'the GIF ends before its trailer')
  }
  need(SCREEN_BYTES)
  const u16 = (at: number) => bytes[at]! | (bytes[at + 1]! << 8)
  const paletteBytes = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0)
  const common = bytes.subarray(SCREEN_BYTES, SCREEN_BYTES + paletteBytes(bytes[10]!))
  let at = SCREEN_BYTES + paletteBytes(bytes[10]!)
  let transparent = -1
  let frames = 0
  let frame: GifStructure['frame'] | undefined
  let blocks = 0
  const skip = () => {
    for (;;) {
      need(at + 1)
      const length = bytes[at]!
      at += 1 + length
      if (++blocks > MOST_BLOCKS * limits.chunks) throw badImage('too_many_chunks', 'the GIF has too many blocks; save it again')
      if (length === 0) return
    }
  }
  for (;;) {
    need(at + 1)
    const type = bytes[at]!
    if (type === TRAILER) break
    if (type === EXTENSION) {
      need(at + 8)
      if (bytes[at + 1] === GRAPHIC_CONTROL && frames === 0) transparent = bytes[at + 3]! & 1 ? bytes[at + 6]! : -1
      at += 2
    } else if (type === IMAGE) {
      need(at + 11)
      const flags = bytes[at + 9]!
      const own = paletteBytes(flags)
      const data = at + 10 + own
      frame ??= {
        left: u16(at + 1),
        top: u16(at + 3),
        width: u16(at + 5),
        height: u16(at + 7),
        interlaced: (flags & 0x40) !== 0,
        palette: own > 0 ? bytes.subarray(at + 10, data) : common,
        transparent,
        data,
      }
      frames++
      at = data + 1
    } else throw badImage('corrupt', `unknown GIF block ${type}`)
    skip()
  }
  if (frame === undefined) throw badImage('corrupt', 'the GIF has no picture')
  const [width, height] = [u16(6), u16(8)]
  if (frame.palette.length === 0) throw badImage('corrupt', 'the first frame of the GIF has no palette')
  if (frame.left + frame.width > width || frame.top + frame.height > height)
    throw badImage('corrupt', 'the first frame of the GIF lies outside its screen')
  return { width, height, encodedBytes: at + 1, frames, frame }
}

/** A GIF has sub-blocks of at most 255 bytes, so eight times as many as another format has chunks. */
const MOST_BLOCKS = 8
