import process from 'node:process'
import { constants, deflateRawSync, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { createCodecs } from '../../../src/media/codecs.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { inflateExactly } from '../../../src/media/inflate.ts'
import { IMAGE_LIMITS } from '../../../src/media/limits.ts'
import type { Raster } from '../../../src/media/raster.ts'
import { ascii, concat, EOI, idat, ihdr, png, pngChunk, smallPng, uint16, webp, webpChunk } from './build.ts'
import { codecModules, decode, failureOf, golden, goldenNames, largestDifference } from './golden.ts'
import { cases } from '../../support/cases.ts'

/** Shared on purpose: one picture's effect on a decoder must not reach the next. */
const codecs = createCodecs(codecModules)
const unlimited = { ...IMAGE_LIMITS, pixels: Infinity, decoderBytes: Infinity }

/** A zlib stream of 1 GiB of zeros: 64 MiB of them without a final block, 16 times over. */
const bomb = concat(
  [0x78, 0xda],
  ...Array<Uint8Array>(16).fill(deflateRawSync(new Uint8Array(64 * 1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH })),
)

/** `bytes` with the sides in the JPEG's frame header replaced. */
function withJpegSides(bytes: Uint8Array, width: number, height: number): Uint8Array {
  const frame = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc2))
  const changed = bytes.slice()
  changed.set([...uint16(height), ...uint16(width)], frame + 5)
  return changed
}

describe('compressed bombs', () => {
  it('stops pixel data at the first byte too many', async () => {
    let consumed = 0
    const before = process.memoryUsage().arrayBuffers
    const failure = await failureOf(() => inflateExactly(bomb, 310, (inflated) => void (consumed += inflated.length)))
    expect(failure).toMatchObject({ kind: 'bad_image', reason: 'inflated_chunk' })
    expect(consumed).toBeLessThanOrEqual(310)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
    const small = png(ihdr(10, 10), pngChunk('IDAT', bomb), pngChunk('IEND'))
    expect(await failureOf(() => decode(small, codecs))).toMatchObject({ kind: 'bad_image', reason: 'inflated_chunk' })
  })

  it('never inflates a profile or a text', async () => {
    const picture = smallPng(
      pngChunk('iCCP', concat(ascii('profile\0\0'), bomb)),
      pngChunk('zTXt', concat(ascii('Comment\0\0'), bomb)),
      pngChunk('iTXt', concat(ascii('Comment\0\x01\0\0\0'), bomb)),
    )
    const started = process.cpuUsage()
    expect((await decode(picture, codecs)).data).toEqual((await decode(smallPng(), codecs)).data)
    // One of the three would take 1 GiB of inflating.
    expect(process.cpuUsage(started).user).toBeLessThan(500_000)
  })

  it.each([1, 309, 311, 400])('refuses %i bytes of pixels where 310 are declared', async (length) => {
    const failure = await failureOf(() => decode(png(ihdr(10, 10), idat(new Uint8Array(length)), pngChunk('IEND')), codecs))
    expect(failure).toMatchObject({ kind: 'bad_image', reason: length > 310 ? 'inflated_chunk' : 'corrupt' })
  })
})

describe('damage behind a sound header', () => {
  it.each([
    ['an unknown row filter', png(ihdr(1, 1), idat(Uint8Array.of(5, 0, 0, 0)), pngChunk('IEND'))],
    [
      'an index outside the palette',
      png(ihdr(1, 1, 8, 3), pngChunk('PLTE', [1, 2, 3]), idat(Uint8Array.of(0, 1)), pngChunk('IEND')),
    ],
    ['no compressed bytes', png(ihdr(1, 1), pngChunk('IDAT'), pngChunk('IEND'))],
    ['compressed bytes that are none', png(ihdr(1, 1), pngChunk('IDAT', [1, 2, 3, 4, 5, 6]), pngChunk('IEND'))],
    [
      'a wrong Adler-32',
      png(ihdr(1, 1), pngChunk('IDAT', new Uint8Array(deflateSync(new Uint8Array(4))).fill(9, -1)), pngChunk('IEND')),
    ],
  ])('PNG with %s', async (_, bytes) => {
    expect(await failureOf(() => decode(bytes, codecs))).toMatchObject({ kind: 'bad_image', reason: 'corrupt' })
  })

  it.each(['baseline.jpg', 'progressive.jpg', 'restart.jpg', 'gray.jpg'])('%s is never half grey', async (name) => {
    const bytes = golden(`images/${name}`)
    const whole = await decode(bytes, codecs)
    // A progressive JPEG without whole scans is a coarser picture, complete by the standard. So only the last
    // scan is cut.
    const lastScan = bytes.findLastIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda)
    for (let length = lastScan + 14; length < bytes.length - 2; length++) {
      // The rest decodes to the same pixels (padding bits) or is refused.
      const raster = await pixelsOrFault(concat(bytes.subarray(0, length), EOI))
      if (raster !== undefined) expect(raster.data).toEqual(whole.data)
    }
  })

  it('tolerates stray bytes before the end of a JPEG, where every pixel is known', async () => {
    const bytes = golden('images/baseline.jpg')
    const stray = concat(bytes.subarray(0, -2), new Uint8Array(9), EOI)
    expect((await decode(stray, codecs)).data).toEqual((await decode(bytes, codecs)).data)
  })

  it('refuses a JPEG taller than its data', async () => {
    const failure = await failureOf(() => decode(withJpegSides(golden('images/baseline.jpg'), 33, 500), codecs))
    expect(failure).toMatchObject({ kind: 'bad_image', reason: 'truncated' })
  })

  it.each(['lossy.webp', 'lossless.webp'])('%s cut short in a container that fits', async (name) => {
    const bytes = golden(`images/${name}`)
    const type = new TextDecoder().decode(bytes.subarray(12, 16))
    for (let length = 10; length < bytes.length - 21; length += 7) {
      const cut = webp(webpChunk(type, bytes.subarray(20, 20 + length)))
      expect(await failureOf(() => decode(cut, codecs))).toMatchObject({ kind: 'bad_image' })
    }
  })
})

describe('decoder memory', () => {
  it('is bounded while decoding, whatever the header promised', async () => {
    const huge = withJpegSides(golden('images/progressive.jpg'), 4096, 4096)
    const header = readImageHeader(huge, unlimited)
    expect(header.decoderBytes).toBeGreaterThan(100e6)
    expect(await failureOf(() => codecs.decode(huge, header, () => undefined))).toMatchObject({
      kind: 'too_large',
      unit: 'bytes',
    })
    expect(codecs.memoryBytes().jpeg).toBe(0)
    await decode(golden('images/baseline.jpg'), codecs)
  })

  it('drops the idle decoder where both would exceed the budget', async () => {
    await decode(golden('images/lossy.webp'), codecs)
    expect(codecs.memoryBytes().webp).toBeGreaterThan(0)
    await failureOf(() => decode(withJpegSides(golden('images/progressive.jpg'), 2048, 2048), codecs))
    expect(codecs.memoryBytes().webp).toBe(0)
  })
})

describe('random damage', () => {
  const pictures = goldenNames('images').map((name) => golden(`images/${name}`))

  it('gives pixels or a Fault, and leaves the decoders fit for the next picture', async () => {
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pictures), fc.array(change, { minLength: 1, maxLength: 4 }), async (bytes, changes) => {
        const damaged = bytes.slice()
        for (const [where, value] of changes) damaged[Math.floor(where * (bytes.length - 1))] = value
        const raster = await pixelsOrFault(damaged)
        if (raster !== undefined) expect(raster.data.length).toBe(raster.width * raster.height * 4)
      }),
      { numRuns: cases(400) },
    )
    for (const name of goldenNames('decoded')) {
      const raster = await decode(golden(`images/${name.replace(/\.rgba$/, '')}`), codecs)
      expect(largestDifference(raster.data, golden(`decoded/${name}`))).toBe(0)
    }
  })
})

async function pixelsOrFault(bytes: Uint8Array): Promise<Raster | undefined> {
  try {
    return await decode(bytes, codecs)
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined
    throw thrown
  }
}
