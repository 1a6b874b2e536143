/**
 * Hand-made image files, mostly invalid on purpose.
 * @module
 */
import { deflateSync } from 'node:zlib'
import { crc32 } from '../../../src/media/checksums.ts'

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

export function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

export function uint16(value: number): number[] {
  return [value >> 8, value & 255]
}

export function pngChunk(type: string, payload: Uint8Array | readonly number[] = []): Uint8Array {
  const body = concat(ascii(type), payload)
  return concat(uint32(payload.length), body, uint32(crc32(body)))
}

export function ihdr(width: number, height: number, bitDepth = 8, colorType = 2, interlace = 0): Uint8Array {
  return pngChunk('IHDR', [...uint32(width), ...uint32(height), bitDepth, colorType, 0, 0, interlace])
}

export function png(...chunks: readonly Uint8Array[]): Uint8Array {
  return concat([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], ...chunks)
}

export function idat(inflated: Uint8Array): Uint8Array {
  return pngChunk('IDAT', new Uint8Array(deflateSync(inflated)))
}

/** A black RGB picture with the given chunks before its pixels. */
export function smallPng(...ancillary: readonly Uint8Array[]): Uint8Array {
  return png(ihdr(10, 10), ...ancillary, idat(new Uint8Array(10 * 31)), pngChunk('IEND'))
}

export function jpegSegment(code: number, payload: readonly number[] | Uint8Array): Uint8Array {
  return concat([0xff, code], uint16(payload.length + 2), payload)
}

/**
 * A JPEG with a frame header of equal sampling, one scan header and no data worth decoding: for header tests.
 */
export function jpegFrame(code: number, width: number, height: number, components = 3, precision = 8): Uint8Array {
  const list = Array.from({ length: components }, (_, i) => [i + 1, 0x11, 0]).flat()
  return jpegSegment(code, [precision, ...uint16(height), ...uint16(width), components, ...list])
}

export const SOI = [0xff, 0xd8]
export const EOI = [0xff, 0xd9]

export function scan(components = 3): Uint8Array {
  const list = Array.from({ length: components }, (_, i) => [i + 1, 0]).flat()
  return concat(jpegSegment(0xda, [components, ...list, 0, 63, 0]), [0x12, 0x34])
}

export function webp(...chunks: readonly Uint8Array[]): Uint8Array {
  const body = concat(ascii('WEBP'), ...chunks)
  return concat(ascii('RIFF'), little32(body.length), body)
}

export function webpChunk(type: string, payload: readonly number[] | Uint8Array): Uint8Array {
  return concat(ascii(type), little32(payload.length), payload, payload.length % 2 === 1 ? [0] : [])
}

/** VP8X with the given flags. */
export function webpExtended(flags: number, width: number, height: number): Uint8Array {
  const sides = [width - 1, height - 1].flatMap((side) => uint32(side).toReversed().slice(0, 3))
  return webpChunk('VP8X', [flags, 0, 0, 0, ...sides])
}

/** A VP8 key frame header without data. */
export function webpLossy(width: number, height: number): Uint8Array {
  return webpChunk('VP8 ', [0x10, 0, 0, 0x9d, 0x01, 0x2a, width & 255, width >> 8, height & 255, height >> 8])
}

export function webpLossless(width: number, height: number): Uint8Array {
  return webpChunk('VP8L', [0x2f, ...uint32((width - 1) | ((height - 1) << 14)).toReversed()])
}

function little32(value: number): number[] {
  return uint32(value).toReversed()
}
