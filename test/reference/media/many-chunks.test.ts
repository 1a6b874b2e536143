/** Files with very many chunks, segments or blocks, mostly empty. Each costs a step, so there is a limit. */
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { adler32 } from '../../../src/media/checksums.ts'
import { createCodecs } from '../../../src/media/codecs.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { inflateExactly } from '../../../src/media/inflate.ts'
import { IMAGE_LIMITS } from '../../../src/media/limits.ts'
import * as build from '../../unit/media/build.ts'
import { concat, EOI, ihdr, jpegFrame, jpegSegment, png, pngChunk, scan, smallPng, SOI, uint32 } from '../../unit/media/build.ts'
import { codecModules, decode, failureOf, golden } from '../../unit/media/golden.ts'
import { leastCpu } from '../../support/cpu-time.ts'

const codecs = createCodecs(codecModules)

afterEach(() => vi.restoreAllMocks())

/** `count` copies of `piece`, as many as fit a file. */
function many(piece: Uint8Array | readonly number[], count: number): Uint8Array {
  const all = new Uint8Array(piece.length * count)
  for (let at = 0; at < all.length; at += piece.length) all.set(piece, at)
  return all
}

/** As many as fit 8 MiB. */
const filling = (piece: Uint8Array | readonly number[]): number => Math.floor((IMAGE_LIMITS.bytes - 4096) / piece.length)

const pixels = new Uint8Array(deflateSync(new Uint8Array(10 * 31)))
const pngOf = (chunks: Uint8Array): Uint8Array => png(ihdr(10, 10), chunks, pngChunk('IDAT', pixels), pngChunk('IEND'))
const tail = (chunks: Uint8Array): Uint8Array => png(ihdr(10, 10), pngChunk('IDAT', pixels), chunks, pngChunk('IEND'))
const jpegOf = (before: Uint8Array): Uint8Array => concat(SOI, before, jpegFrame(0xc0, 8, 8), scan(), EOI)
const extended = build.webpExtended(0, 8, 8)

/** The repeated piece, and a file with `count` of it. */
const KINDS: readonly (readonly [string, Uint8Array, (repeated: Uint8Array) => Uint8Array])[] = [
  ['empty IDAT', pngChunk('IDAT'), pngOf],
  ['IDAT of one byte', pngChunk('IDAT', [0]), pngOf],
  ['empty ancillary chunks before the pixels', pngChunk('tEXt'), pngOf],
  ['empty ancillary chunks behind the pixels', pngChunk('tEXt'), tail],
  ['empty tRNS', pngChunk('tRNS'), pngOf],
  ['empty eXIf', pngChunk('eXIf'), pngOf],
  ['comments of a JPEG', jpegSegment(0xfe, []), jpegOf],
  ['empty APP1', jpegSegment(0xe1, []), jpegOf],
  ['quantization tables', jpegSegment(0xdb, []), jpegOf],
  ['Huffman tables', jpegSegment(0xc4, []), jpegOf],
  ['restart markers between segments', Uint8Array.of(0xff, 0xd0), jpegOf],
  ['TEM markers with fill bytes', Uint8Array.of(0xff, 0xff, 0xff, 0x01), jpegOf],
  ['empty RIFF chunks', build.webpChunk('XXXX', []), (all) => build.webp(extended, build.webpLossy(8, 8), all)],
  ['empty ALPH chunks', build.webpChunk('ALPH', []), (all) => build.webp(extended, all, build.webpLossy(8, 8))],
  ['empty EXIF chunks', build.webpChunk('EXIF', []), (all) => build.webp(extended, all, build.webpLossy(8, 8))],
]

describe('very many chunks', () => {
  it.each(KINDS)('%s: refused by name of the limit, at once', (name, piece, file) => {
    const bytes = file(many(piece, filling(piece)))
    expect(bytes.length).toBeLessThanOrEqual(IMAGE_LIMITS.bytes)
    const views = vi.spyOn(Uint8Array.prototype, 'subarray')
    let failure: unknown
    const cpu = leastCpu(400, () => {
      views.mockClear()
      try {
        readImageHeader(bytes)
      } catch (thrown) {
        failure = (thrown as { failure: unknown }).failure
      }
    })
    expect(failure).toMatchObject({
      kind: 'bad_image',
      reason: 'too_many_chunks',
      detail: expect.stringContaining(String(IMAGE_LIMITS.chunks)),
    })
    // tRNS, eXIf and EXIF are read. Nothing else becomes an object.
    if (!/tRNS|eXIf|EXIF|APP1/.test(name)) expect(views.mock.calls.length).toBeLessThan(20)
    expect(cpu).toBeLessThan(400)
  })

  it.each(KINDS)('%s: a thousand are accepted', async (_, piece, file) => {
    const failure = await failureOf(() => readImageHeader(file(many(piece, 1000)))).catch(() => null)
    expect(failure === null || (failure as { reason?: string }).reason !== 'too_many_chunks').toBe(true)
  })

  it('markers and fill bytes inside a scan cost a look each, however many', () => {
    for (const data of [[0xff, 0xd0], [0xff, 0x00], [0xff]]) {
      const bytes = concat(SOI, jpegFrame(0xc0, 8, 8), scan(), many(data, filling(data)), EOI)
      const cpu = leastCpu(1000, () => expect(readImageHeader(bytes).encodedBytes).toBe(bytes.length))
      expect(cpu).toBeLessThan(1000)
    }
  })
})

describe('the pixels of a PNG in pieces', () => {
  it('empty IDAT chunks among them change nothing', async () => {
    const whole = await decode(smallPng(), codecs)
    const empty = many(pngChunk('IDAT'), 1000)
    const file = png(ihdr(10, 10), empty, pngChunk('IDAT', pixels), empty, pngChunk('IEND'))
    expect((await decode(file, codecs)).data).toEqual(whole.data)
  })

  it('are read alike however they are cut', async () => {
    const original = golden('images/rgb.png')
    const whole = await decode(original, codecs)
    // The file's own pixel data, in any chunks.
    const stream: Uint8Array[] = []
    const others: Uint8Array[] = []
    const view = new DataView(original.buffer, original.byteOffset)
    for (let at = 8; at < original.length; at += 12 + view.getUint32(at)) {
      const chunk = original.subarray(at, at + 12 + view.getUint32(at))
      if (String.fromCharCode(...chunk.subarray(4, 8)) === 'IDAT') stream.push(chunk.subarray(8, -4))
      else others.push(chunk)
    }
    const data = concat(...stream)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(data.length), { maxLength: 40 }), async (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), data.length]
        const chunks = edges.slice(1).map((end, index) => pngChunk('IDAT', data.subarray(edges[index], end)))
        const file = png(...others.slice(0, -1), ...chunks, others.at(-1)!)
        expect(Buffer.compare(Buffer.from((await decode(file, codecs)).data), Buffer.from(whole.data))).toBe(0)
      }),
      { numRuns: 30 },
    )
  })
})

/** Bits in Deflate's order, the first one lowest. */
function packed(bits: string): Uint8Array {
  const bytes = new Uint8Array(bits.length / 8)
  for (let at = 0; at < bits.length; at++) if (bits[at] === '1') bytes[at >> 3]! |= 1 << (at & 7)
  return bytes
}

/** A number's bits, lowest first. */
const low = (value: number, count: number): string =>
  Array.from({ length: count }, (_, bit) => String((value >> bit) & 1)).join('')

/** A dynamic block with only its end: 256 zeros, length 1 for the end, no distance. */
function emptyDynamicBlock(): string {
  const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1]
  const lengths = order.map((symbol) => low(symbol === 18 || symbol === 0 ? 2 : symbol === 1 ? 1 : 0, 3)).join('')
  // Codes: 1 → 0, 0 → 10, 18 → 11.
  const codes = `11${low(138 - 11, 7)}11${low(118 - 11, 7)}010`
  return `0${low(2, 2)}${low(0, 5)}${low(0, 5)}${low(order.length - 4, 4)}${lengths}${codes}0`
}

describe('blocks of Deflate without a byte in them', () => {
  const eight = emptyDynamicBlock().repeat(8)
  const kinds: readonly (readonly [string, Uint8Array])[] = [
    ['dynamic', packed(eight)],
    ['fixed', packed(`0${low(1, 2)}0000000`.repeat(8))],
    ['stored', Uint8Array.of(0, 0, 0, 0xff, 0xff)],
  ]
  const last = (content: Uint8Array): Uint8Array => {
    const sum = adler32(1, content)
    return concat(
      [1, content.length & 255, content.length >> 8, ~content.length & 255, (~content.length >> 8) & 255],
      content,
      uint32(sum),
    )
  }

  it.each(kinds)('%s: a thousand are read', (_, blocks) => {
    let got = 0
    inflateExactly(concat([0x78, 0x9c], many(blocks, 125), last(new Uint8Array(3))), 3, (piece) => void (got += piece.length))
    expect(got).toBe(3)
  })

  it.each(kinds)('%s: 8 MiB of them are refused after the limit, in bounded time', (_, blocks) => {
    const bytes = concat([0x78, 0x9c], many(blocks, filling(blocks)), last(new Uint8Array(3)))
    let failure: unknown
    const cpu = leastCpu(1500, () => {
      try {
        inflateExactly(bytes, 3, () => undefined)
      } catch (thrown) {
        failure = (thrown as { failure: unknown }).failure
      }
    })
    expect(failure).toMatchObject({ kind: 'bad_image', reason: 'too_many_chunks', detail: expect.stringContaining('131072') })
    expect(cpu).toBeLessThan(1500)
  })
})
