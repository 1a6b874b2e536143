/**
 * Pictures made in a test: small, deterministic, without a file.
 * @module
 */
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * An 8-bit RGB PNG.
 * @param pixel red, green, blue (0 to 255) at a column and row
 */
export function encodePng(
  width: number,
  height: number,
  pixel: (x: number, y: number) => readonly [number, number, number],
): Uint8Array {
  const rgb = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.set(pixel(x, y), 3 * (y * width + x))
  }
  return encode(width, height, 2, rgb)
}

/** An 8-bit RGBA PNG of straight alpha, row by row. */
export function encodeRgbaPng(width: number, height: number, rgba: Uint8Array): Uint8Array {
  return encode(width, height, 6, rgba)
}

function encode(width: number, height: number, colourType: 2 | 6, pixels: Uint8Array): Uint8Array {
  const rowBytes = pixels.length / height
  const rows = Buffer.alloc(height * (1 + rowBytes))
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes), y * (1 + rowBytes) + 1)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colourType, 0, 0, 0], 8)
  return new Uint8Array(
    Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]),
  )
}

/** Transparent RGBA pixels in the seven passes of Adam7. */
export function blankInterlacedPng(side: number): Uint8Array<ArrayBuffer> {
  const passes = [
    [0, 8, 0, 8],
    [4, 8, 0, 8],
    [0, 4, 4, 8],
    [2, 4, 0, 4],
    [0, 2, 2, 4],
    [1, 2, 0, 2],
    [0, 1, 1, 2],
  ] as const
  const count = (from: number, step: number): number => Math.ceil(Math.max(0, side - from) / step)
  const bytes = passes.reduce((sum, [x, stepX, y, stepY]) => sum + count(y, stepY) * (1 + 4 * count(x, stepX)), 0)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 6, 0, 0, 1], 8)
  const data = chunk('IDAT', deflateSync(Buffer.alloc(bytes)))
  return new Uint8Array(Buffer.concat([SIGNATURE, chunk('IHDR', header), data, chunk('IEND', Buffer.alloc(0))]))
}

/** The same PNG with its pixel data in `pieces` IDAT chunks of equal length, `empty` ones among them. */
export function inPieces(png: Uint8Array, pieces: number, empty = 0): Uint8Array<ArrayBuffer> {
  const source = Buffer.from(png)
  const before: Buffer[] = [source.subarray(0, 8)]
  const data: Buffer[] = []
  for (let at = 8; at < source.length; at += 12 + source.readUInt32BE(at)) {
    const whole = source.subarray(at, at + 12 + source.readUInt32BE(at))
    const type = whole.toString('latin1', 4, 8)
    if (type === 'IDAT') data.push(whole.subarray(8, -4))
    else if (type !== 'IEND') before.push(whole)
  }
  const stream = Buffer.concat(data)
  const size = Math.ceil(stream.length / pieces)
  const chunks: Buffer[] = Array<Buffer>(empty).fill(chunk('IDAT', Buffer.alloc(0)))
  for (let at = 0; at < stream.length; at += size) chunks.push(chunk('IDAT', stream.subarray(at, at + size)))
  return new Uint8Array(Buffer.concat([...before, ...chunks, chunk('IEND', Buffer.alloc(0))]))
}

/** A picture unlike that of any other seed, with edges, gradients and noise. */
export function samplePng(seed: number, width = 96, height = 80): Uint8Array {
  let state = (seed * 2654435761 + 1) >>> 0
  const noise = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 24) & 31
  }
  const [centreX, centreY, radius] = [width * (0.3 + 0.05 * (seed % 9)), height * 0.5, height * (0.2 + 0.03 * (seed % 7))]
  return encodePng(width, height, (x, y) => {
    const inside = (x - centreX) ** 2 + (y - centreY) ** 2 < radius ** 2
    const base = inside ? [200, 40 + 11 * (seed % 13), 30] : [(x * 255) / width, (y * 255) / height, (seed * 53) % 256]
    return [(base[0]! & 0xe0) | noise(), (base[1]! & 0xe0) | noise(), (base[2]! & 0xe0) | noise()]
  })
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
