import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BadImageReason, Fault } from '../../../src/contracts/failure.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { IMAGE_LIMITS } from '../../../src/media/limits.ts'
import * as build from './build.ts'
import { failureOf, golden, goldenNames } from './golden.ts'

const { ascii, concat, EOI, idat, ihdr, jpegFrame, jpegSegment, png, pngChunk, scan, smallPng, SOI } = build
const jpeg = (...parts: readonly Uint8Array[]): Uint8Array => concat(SOI, ...parts, EOI)

describe('readImageHeader', () => {
  it.each([
    ['rgb.png', { format: 'png', media_type: 'image/png', hasAlpha: false, bitDepth: 8, colorModel: 'rgb' }],
    ['rgba.png', { hasAlpha: true }],
    ['gray-alpha.png', { hasAlpha: true, colorModel: 'gray' }],
    ['one-bit.png', { bitDepth: 1, colorModel: 'gray' }],
    ['palette-transparency.png', { hasAlpha: true, colorModel: 'palette' }],
    ['rgb-key.png', { hasAlpha: true, colorModel: 'rgb' }],
    ['rgb-16-bit.png', { bitDepth: 16 }],
    ['baseline.jpg', { format: 'jpeg', media_type: 'image/jpeg', hasAlpha: false, bitDepth: 8, colorModel: 'ycc' }],
    ['gray.jpg', { colorModel: 'gray' }],
    ['lossy.webp', { format: 'webp', media_type: 'image/webp', hasAlpha: false, colorModel: 'ycc' }],
    ['lossy-alpha.webp', { hasAlpha: true }],
    ['lossless.webp', { hasAlpha: false, colorModel: 'rgb' }],
    ['lossless-alpha.webp', { hasAlpha: true }],
  ])('%s', (name, expected) => {
    const bytes = golden(`images/${name}`)
    const header = readImageHeader(bytes)
    expect(header).toMatchObject({ width: 33, height: 21, orientation: 1, encodedBytes: bytes.length, ...expected })
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i', (orientation) => {
    const [orientedWidth, orientedHeight] = orientation < 5 ? [33, 21] : [21, 33]
    const header = readImageHeader(golden(`images/exif-${orientation}.jpg`))
    expect(header).toMatchObject({ width: 33, height: 21, orientation, orientedWidth, orientedHeight })
  })

  it('finds EXIF in PNG and WebP too', () => {
    expect(readImageHeader(golden('images/exif-6.png')).orientation).toBe(6)
    expect(readImageHeader(golden('images/exif-8.webp')).orientation).toBe(8)
  })

  it('reads damaged EXIF as upright', () => {
    const tiff = concat(ascii('MM'), [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0])
    expect(readImageHeader(smallPng(pngChunk('eXIf', tiff))).orientation).toBe(6)
    fc.assert(
      fc.property(fc.nat(tiff.length - 1), fc.nat(255), (at, value) => {
        const damaged = tiff.slice()
        damaged[at] = value
        expect(readImageHeader(smallPng(pngChunk('eXIf', damaged))).orientation).toBeGreaterThanOrEqual(1)
        expect(readImageHeader(smallPng(pngChunk('eXIf', tiff.subarray(0, at)))).orientation).toBe(1)
      }),
    )
  })

  it('ignores what follows the end marker', () => {
    for (const name of ['rgb.png', 'baseline.jpg', 'lossy.webp']) {
      const bytes = golden(`images/${name}`)
      expect(readImageHeader(concat(bytes, ascii('trailer'))).encodedBytes).toBe(bytes.length)
    }
  })
})

describe('refusals', () => {
  const refused: readonly (readonly [string, BadImageReason, Uint8Array])[] = [
    ['no bytes', 'empty', new Uint8Array()],
    ['text', 'unknown_format', ascii('hello, world')],
    ['half a PNG signature', 'truncated', Uint8Array.of(0x89, 0x50, 0x4e)],
    ['zero width', 'zero_size', png(ihdr(0, 5), idat(new Uint8Array(1)), pngChunk('IEND'))],
    ['zero height', 'zero_size', png(ihdr(5, 0), idat(new Uint8Array(1)), pngChunk('IEND'))],
    ['APNG with a short acTL', 'corrupt', smallPng(pngChunk('acTL', new Uint8Array(4)))],
    ['no IHDR', 'corrupt', png(pngChunk('IEND'))],
    ['two IHDR', 'corrupt', smallPng(ihdr(10, 10))],
    ['IHDR with a wrong CRC', 'corrupt', smallPng().with(20, 77)],
    ['3-bit gray', 'corrupt', png(ihdr(1, 1, 3, 0), idat(new Uint8Array(2)), pngChunk('IEND'))],
    ['colour type 5', 'corrupt', png(ihdr(1, 1, 8, 5), idat(new Uint8Array(2)), pngChunk('IEND'))],
    ['interlace 2', 'corrupt', png(ihdr(1, 1, 8, 2, 2), idat(new Uint8Array(4)), pngChunk('IEND'))],
    ['palette PNG without palette', 'corrupt', png(ihdr(1, 1, 8, 3), idat(new Uint8Array(2)), pngChunk('IEND'))],
    ['palette of 4 bytes', 'corrupt', smallPng(pngChunk('PLTE', [1, 2, 3, 4]))],
    ['tRNS of a wrong length', 'corrupt', smallPng(pngChunk('tRNS', [1, 2, 3]))],
    ['no IDAT', 'corrupt', png(ihdr(1, 1), pngChunk('IEND'))],
    [
      'interrupted IDAT',
      'corrupt',
      png(ihdr(1, 1), idat(new Uint8Array(4)), pngChunk('tIME', new Uint8Array(7)), idat(new Uint8Array(4)), pngChunk('IEND')),
    ],
    ['unknown critical chunk', 'corrupt', smallPng(pngChunk('BOOM'))],
    ['no IEND', 'truncated', png(ihdr(1, 1), idat(new Uint8Array(4)))],
    [
      'a chunk longer than the file',
      'truncated',
      png(ihdr(1, 1), concat(build.uint32(0xffffffff), ascii('IDAT'), new Uint8Array(20))),
    ],

    ['JPEG of 12 bits', 'unsupported_bit_depth', jpeg(jpegFrame(0xc1, 8, 8, 3, 12), scan())],
    ['JPEG of 5 components', 'unsupported_color', jpeg(jpegFrame(0xc0, 8, 8, 5), scan(5))],
    ['JPEG of 2 components', 'unsupported_color', jpeg(jpegFrame(0xc0, 8, 8, 2), scan(2))],
    ['JPEG without height', 'zero_size', jpeg(jpegFrame(0xc0, 8, 0), scan())],
    ['JPEG with DNL', 'zero_size', jpeg(jpegFrame(0xc0, 8, 8), scan(), jpegSegment(0xdc, [0, 8]))],
    ['JPEG with a second SOI', 'corrupt', jpeg(Uint8Array.from(SOI), jpegFrame(0xc0, 8, 8), scan())],
    ['JPEG with two frames', 'corrupt', jpeg(jpegFrame(0xc0, 8, 8), jpegFrame(0xc0, 8, 8), scan())],
    ['JPEG without a frame', 'corrupt', jpeg(scan())],
    ['JPEG without a scan', 'corrupt', jpeg(jpegFrame(0xc0, 8, 8))],
    ['JPEG with bytes between segments', 'corrupt', jpeg(jpegFrame(0xc0, 8, 8), Uint8Array.of(1, 2), scan())],
    ['JPEG with a segment of length 1', 'corrupt', jpeg(Uint8Array.of(0xff, 0xe0, 0, 1))],
    ['JPEG without end marker', 'truncated', concat(SOI, jpegFrame(0xc0, 8, 8), scan())],
    [
      'JPEG of very many scans',
      'too_many_scans',
      jpeg(jpegFrame(0xc2, 2048, 2048), ...Array.from({ length: IMAGE_LIMITS.scans + 1 }, () => scan())),
    ],

    ['animation flag without a frame', 'corrupt', build.webp(build.webpExtended(2, 8, 8), build.webpLossy(8, 8))],
    [
      'animation without a frame',
      'corrupt',
      build.webp(build.webpExtended(2, 8, 8), build.webpChunk('ANIM', [0, 0, 0, 0, 0, 0])),
    ],
    [
      'animation frame of a part',
      'animated',
      build.webp(
        build.webpExtended(2, 8, 8),
        build.webpChunk('ANMF', concat(new Uint8Array(6), [3, 0, 0, 3, 0, 0], new Uint8Array(4), build.webpLossy(4, 4))),
      ),
    ],
    [
      'animation frame at an offset',
      'animated',
      build.webp(
        build.webpExtended(2, 8, 8),
        build.webpChunk('ANMF', concat([1], new Uint8Array(5), [7, 0, 0, 7, 0, 0], new Uint8Array(4), build.webpLossy(8, 8))),
      ),
    ],
    ['WebP canvas unlike its frame', 'header_mismatch', build.webp(build.webpExtended(0, 8, 9), build.webpLossy(8, 8))],
    ['WebP of zero width', 'zero_size', build.webp(build.webpLossy(0, 8))],
    ['WebP without a frame', 'corrupt', build.webp(build.webpExtended(0, 8, 8))],
    ['WebP of two frames', 'corrupt', build.webp(build.webpLossy(8, 8), build.webpLossless(8, 8))],
    ['WebP chunk beyond its file', 'truncated', build.webp(concat(ascii('VP8 '), [200, 0, 0, 0], new Uint8Array(20)))],
    ['WebP that claims more than it has', 'truncated', golden('images/lossy.webp').with(4, 255)],
    ['WebP that claims less than it has', 'truncated', golden('images/lossy.webp').with(4, 40).with(5, 0)],
    ['WebP without start code', 'corrupt', build.webp(build.webpChunk('VP8 ', new Uint8Array(10)))],
    ['WebP lossless without signature', 'corrupt', build.webp(build.webpChunk('VP8L', new Uint8Array(10)))],
  ]

  it.each(refused)('%s: %s', async (_, reason, bytes) => {
    expect(await failureOf(() => readImageHeader(bytes))).toMatchObject({ kind: 'bad_image', reason })
  })

  it.each([
    ['AVIF', ascii('\0\0\0\x1cftypavif')],
    ['BMP', ascii('BM\0\0\0\0')],
    ['TIFF', ascii('II*\0')],
    ['SVG', ascii('<svg xmlns=')],
    ['JPEG XL', Uint8Array.of(0xff, 0x0a, 0)],
    ['arithmetic-coded', jpeg(jpegFrame(0xc9, 8, 8), scan())],
    ['lossless', jpeg(jpegFrame(0xc3, 8, 8), scan())],
    ['hierarchical', jpeg(jpegFrame(0xc5, 8, 8), scan())],
  ])('names %s and what is accepted instead', async (name, bytes) => {
    const failure = await failureOf(() => readImageHeader(bytes))
    expect(failure).toMatchObject({ kind: 'unsupported_media', accepted: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] })
    expect(failure).toHaveProperty('detail', expect.stringContaining(name))
  })

  it.each([
    ['bytes', IMAGE_LIMITS.bytes, new Uint8Array(IMAGE_LIMITS.bytes + 1)],
    ['PNG pixels', IMAGE_LIMITS.pngPixels, png(ihdr(6145, 6144), idat(new Uint8Array(1)), pngChunk('IEND'))],
    ['interlaced PNG pixels', IMAGE_LIMITS.pixels, png(ihdr(2049, 2048, 8, 2, 1), idat(new Uint8Array(1)), pngChunk('IEND'))],
    ['JPEG pixels', IMAGE_LIMITS.jpegPixels, jpeg(jpegFrame(0xc0, 8193, 8192), scan())],
    ['WebP pixels', IMAGE_LIMITS.pixels, build.webp(build.webpLossless(2049, 2048))],
    ['side', IMAGE_LIMITS.side, png(ihdr(16385, 1), idat(new Uint8Array(1)), pngChunk('IEND'))],
  ])('too large: %s', async (_, limit, bytes) => {
    expect(await failureOf(() => readImageHeader(bytes))).toMatchObject({ kind: 'too_large', limit })
  })

  it('accepts pictures exactly at the limits', () => {
    const largest = readImageHeader(png(ihdr(2048, 2048), idat(new Uint8Array(1)), pngChunk('IEND')))
    expect(largest.width * largest.height).toBe(IMAGE_LIMITS.pixels)
    expect(readImageHeader(png(ihdr(16384, 256), idat(new Uint8Array(1)), pngChunk('IEND'))).width).toBe(IMAGE_LIMITS.side)
    expect(readImageHeader(jpeg(jpegFrame(0xc0, 2048, 2048), scan())).width).toBe(2048)
  })

  it.each(goldenNames('images'))('every prefix of %s is a Fault', async (name) => {
    const bytes = golden(`images/${name}`)
    for (let length = 0; length < bytes.length; length++) {
      const { kind } = await failureOf(() => readImageHeader(bytes.subarray(0, length)))
      expect(kind === 'bad_image' || name === 'cmyk.jpg').toBe(true)
    }
  })

  it('any bytes at all give a header or a Fault', () => {
    const starts = [golden('images/rgb.png'), golden('images/baseline.jpg'), golden('images/lossy-alpha.webp'), new Uint8Array()]
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.nat(60), fc.uint8Array({ maxLength: 80 }), (start, keep, tail) => {
        expect(headerOrFault(concat(start.subarray(0, keep), tail))).toBeDefined()
      }),
      { numRuns: 1000 },
    )
  })
})

function headerOrFault(bytes: Uint8Array): unknown {
  try {
    return readImageHeader(bytes)
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown
    throw thrown
  }
}
