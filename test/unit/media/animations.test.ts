/**
 * First frames of animations, GIFs, and formats that are refused.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import type { BadImageReason } from '../../../src/contracts/failure.ts'
import { decodeGif } from '../../../src/media/gif-decode.ts'
import { readGifStructure } from '../../../src/media/gif-header.ts'
import { identifyFormat } from '../../../src/media/image-format.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { decode, failureOf, golden, largestDifference } from './golden.ts'

const FOLDER = new URL('../../golden/media/animations', import.meta.url)
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.rgba'))

describe('the first frame', () => {
  it.each(names)('%s is that of Pillow', async (name) => {
    const file = name.replace(/\.rgba$/, '')
    const bytes = golden(`animations/${file}`)
    const header = readImageHeader(bytes)
    expect(header).toMatchObject({ width: 37, height: 29 })
    expect(header.frames).toBe(/three|webp/.test(file) ? 3 : undefined)
    const raster = await decode(bytes)
    const expected = golden(`animations/${name}`)
    // Colours of transparent pixels are free.
    for (const pixels of [raster.data, expected])
      for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 0) pixels.fill(0, at, at + 4)
    expect(largestDifference(raster.data, expected)).toBe(0)
  })

  test('a GIF names its transparent colour, a still one has no frames', () => {
    const header = readImageHeader(golden('animations/transparent.gif'))
    expect(header).toMatchObject({ format: 'gif', media_type: 'image/gif', hasAlpha: true, colorModel: 'palette' })
    expect(readImageHeader(golden('animations/still.gif')).hasAlpha).toBe(false)
  })
})

describe('a damaged GIF', () => {
  const whole = golden('animations/still.gif')
  const { frame } = readGifStructure(whole)
  const edited = (edit: (bytes: Uint8Array) => void) => {
    const bytes = whole.slice()
    edit(bytes)
    return bytes
  }
  it.each<[string, BadImageReason, Uint8Array]>([
    ['cut off', 'truncated', whole.slice(0, -40)],
    ['without a trailer', 'truncated', whole.slice(0, -1)],
    ['its screen alone', 'truncated', whole.slice(0, 9)],
    ['a frame outside the screen', 'corrupt', edited((bytes) => bytes.set([20, 0], 6))],
    ['an unknown block', 'corrupt', edited((bytes) => (bytes[13 + frame.palette.length] = 0x99))],
    ['no code size', 'corrupt', edited((bytes) => (bytes[frame.data] = 0))],
    ['a code too early', 'corrupt', edited((bytes) => bytes.fill(0xff, frame.data + 3, frame.data + 8))],
  ])('%s: %s', async (_, reason, bytes) => {
    const work = () => {
      const { width, height } = readImageHeader(bytes)
      return decodeGif(bytes, new Uint8ClampedArray(4 * width * height))
    }
    expect(await failureOf(work)).toMatchObject({ kind: 'bad_image', reason })
  })

  test('any byte changed is decoded or refused, and never crashes', () => {
    const odd: unknown[] = []
    for (let at = 6; at < whole.length; at += 3)
      for (const value of [0, 0xff, whole[at]! ^ 0x11])
        try {
          const bytes = edited((copy) => (copy[at] = value))
          const { width, height } = readImageHeader(bytes)
          decodeGif(bytes, new Uint8ClampedArray(4 * width * height))
        } catch (error) {
          if ((error as Error).name !== 'Fault') odd.push([at, value, error])
        }
    expect(odd).toEqual([])
  })
})

describe('other formats are refused with the command that converts them', () => {
  const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
  it.each([
    ['\0\0\0\x18ftypheic', 'HEIC', 'magick in.heic out.jpg'],
    ['\0\0\0\x18ftypmif1', 'HEIF', 'magick in.heic out.jpg'],
    ['\0\0\0\x1cftypavif', 'AVIF', 'magick "in.avif" out.png'],
    ['II*\0', 'TIFF', 'magick "in.tif[0]" out.png'],
    ['BM\0\0', 'BMP', 'magick "in.bmp" out.png'],
    ['<svg xmlns=', 'SVG', 'rsvg-convert -w 1024 in.svg -o out.png'],
    ['<?xml version="1.0"?><svg', 'SVG', 'rsvg-convert'],
    ['\0\0\0\x0cJXL \r\n', 'JPEG XL', 'djxl in.jxl out.png'],
    ['%PDF-1.7', 'PDF', 'pdftoppm'],
  ])('%j: %s', async (start, name, command) => {
    const failure = await failureOf(() => identifyFormat(latin1(start)))
    expect(failure).toMatchObject({ kind: 'unsupported_media', accepted: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] })
    expect(failure).toHaveProperty('detail', expect.stringContaining(`looks like ${name}`))
    expect(failure).toHaveProperty('detail', expect.stringContaining(command))
  })
})
