import { describe, expect, it } from 'vitest'
import { CODEC_MEMORY_BUDGET, createCodecs } from '../../../src/media/codecs.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { preprocessImage, preprocessingDigest, squarePixels } from '../../../src/media/preprocess.ts'
import { idat, ihdr, png, pngChunk } from './build.ts'
import { codecModules, decode, failureOf, golden, goldenNames, largestDifference, specification } from './golden.ts'

describe('pixels equal Pillow', () => {
  it.each(goldenNames('decoded'))('%s', async (name) => {
    const raster = await decode(golden(`images/${name.replace(/\.rgba$/, '')}`))
    expect(largestDifference(raster.data, golden(`decoded/${name}`))).toBe(0)
  })

  it.each(goldenNames('square'))('square %s', async (name) => {
    const bytes = golden(`images/${name.replace(/\.rgb$/, '')}`)
    const header = readImageHeader(bytes)
    const square = squarePixels(await decode(bytes), specification, header)
    expect(largestDifference(square, golden(`square/${name}`))).toBe(0)
  })
})

describe('16-bit samples', () => {
  const decodedSamples = async (
    colorType: number,
    row: readonly number[],
    ...chunks: readonly Uint8Array[]
  ): Promise<number[]> => {
    const pixels = row.length / (colorType === 0 ? 2 : 6)
    return [
      ...(await decode(png(ihdr(pixels, 1, 16, colorType), ...chunks, idat(Uint8Array.of(0, ...row)), pngChunk('IEND')))).data,
    ]
  }

  it('keep their high byte, grays too', async () => {
    expect(await decodedSamples(0, [0x12, 0xff, 0xfe, 0x00])).toEqual([0x12, 0x12, 0x12, 255, 0xfe, 0xfe, 0xfe, 255])
  })

  it('are compared with the transparent colour at full depth', async () => {
    const key = pngChunk('tRNS', [0x12, 0x34])
    expect(await decodedSamples(0, [0x12, 0x34, 0x12, 0x35], key)).toEqual([0x12, 0x12, 0x12, 0, 0x12, 0x12, 0x12, 255])
    const rgbKey = pngChunk('tRNS', [1, 0, 2, 0, 3, 0])
    expect(await decodedSamples(2, [1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 3, 1], rgbKey)).toEqual([1, 2, 3, 0, 1, 2, 3, 255])
  })
})

describe('preprocessImage', () => {
  const codecs = createCodecs(codecModules)

  it('normalises the square pixels and marks its stages', async () => {
    const stages: string[] = []
    const { tensor, header } = await preprocessImage(golden('images/rgba.png'), specification, codecs, (stage) =>
      stages.push(stage),
    )
    const square = golden('square/rgba.png.rgb')
    expect(header.hasAlpha).toBe(true)
    expect(stages).toEqual(['header', 'decode', 'resize', 'normalize'])
    expect(tensor.length).toBe(3 * 64 * 64)
    expect(tensor[64 * 64 + 5]).toBe(Math.fround((square[5 * 3 + 1]! / 255 - 0.5) / 0.5))
  })

  it('gives the same pixels for every EXIF orientation of a picture, unless orientation is ignored', async () => {
    const bytes = golden('images/exif-6.jpg')
    const turned = await preprocessImage(bytes, specification, codecs)
    const asStored = await preprocessImage(bytes, { ...specification, exif_orientation: false }, codecs)
    const upright = await preprocessImage(golden('images/exif-1.jpg'), specification, codecs)
    expect(turned.tensor).not.toEqual(upright.tensor)
    expect(asStored.tensor).toEqual(upright.tensor)
  })

  it('has a digest that follows the parameters and nothing else', async () => {
    const digest = await preprocessingDigest(specification)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(await preprocessingDigest({ ...specification, note: 'ignored' } as typeof specification)).toBe(digest)
    expect(await preprocessingDigest({ ...specification, filter: 'bilinear' })).not.toBe(digest)
  })
})

describe('createCodecs', () => {
  it('instantiates a decoder when it is first needed and reports its memory', async () => {
    const codecs = createCodecs(codecModules)
    await decode(golden('images/rgb.png'), codecs)
    expect(codecs.memoryBytes()).toEqual({ jpeg: 0, webp: 0 })
    await decode(golden('images/baseline.jpg'), codecs)
    expect(codecs.memoryBytes().jpeg).toBeGreaterThan(0)
    await decode(golden('images/lossy.webp'), codecs)
    const { jpeg, webp } = codecs.memoryBytes()
    expect(jpeg).toBeGreaterThan(0)
    expect(webp).toBeGreaterThan(0)
    expect(jpeg + webp).toBeLessThanOrEqual(CODEC_MEMORY_BUDGET)
  })

  it('runs one decode at a time, in order, whatever becomes of those before', async () => {
    const codecs = createCodecs(codecModules)
    const log: string[] = []
    const names = ['baseline.jpg', 'rgb.png', 'lossy.webp', 'rgb.png', 'baseline.jpg']
    const runs = names.map((name, i) => {
      const bytes = golden(`images/${name}`)
      return codecs.decode(bytes, readImageHeader(bytes), () => {
        log.push(`${i}`)
        if (i === 1) throw new Error('the borrower failed')
      })
    })
    const outcomes = await Promise.allSettled(runs)
    expect(log).toEqual(['0', '1', '2', '3', '4'])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  })

  it('leaves no ImageData on the global object and works beside a foreign one', async () => {
    expect('ImageData' in globalThis).toBe(false)
    const foreign = (): void => undefined
    Object.defineProperty(globalThis, 'ImageData', { value: foreign, configurable: true })
    try {
      const raster = await decode(golden('images/baseline.jpg'))
      expect(raster.width).toBe(33)
      expect(Reflect.get(globalThis, 'ImageData')).toBe(foreign)
    } finally {
      Reflect.deleteProperty(globalThis, 'ImageData')
    }
    await decode(golden('images/lossy.webp'))
    expect('ImageData' in globalThis).toBe(false)
  })

  it('drops an instance that failed and decodes the next picture as if nothing had happened', async () => {
    const codecs = createCodecs(codecModules)
    const good = golden('images/baseline.jpg')
    const before = await decode(good, codecs)
    const bad = good.slice()
    const tables = bad.findIndex((byte, i) => byte === 0xff && bad[i + 1] === 0xc4)
    bad.fill(0xff, tables + 5, tables + 21) // impossible Huffman code counts: libjpeg exits
    expect(await failureOf(() => decode(bad, codecs))).toMatchObject({ kind: 'bad_image', reason: 'corrupt' })
    expect(codecs.memoryBytes().jpeg).toBe(0)
    expect((await decode(good, codecs)).data).toEqual(before.data)
  })
})
