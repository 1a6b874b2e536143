/** Smaller copies of pictures, as PNG. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCodecs } from '../../../src/media/codecs.ts'
import { encodePng } from '../../../src/media/encode-png.ts'
import { planScale } from '../../../src/media/fit.ts'
import { orientedGrid } from '../../../src/media/orient.ts'
import { resizeRgb } from '../../../src/media/resize.ts'
import { scaledSize, scalePicture } from '../../../src/media/scale-picture.ts'
import { encodeRgbaPng } from '../../support/png.ts'
import { codecModules, decode } from './golden.ts'

const codecs = createCodecs(codecModules)
const rgbOf = ({ data }: { readonly data: Uint8ClampedArray }) =>
  Uint8Array.from({ length: (data.length / 4) * 3 }, (_, index) => data[4 * Math.floor(index / 3) + (index % 3)]!)

test('a PNG that is made here has the pixels that it was made of', async () => {
  const sizes = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }), seed: fc.integer() })
  await fc.assert(
    fc.asyncProperty(sizes, async ({ width, height, seed }) => {
      const rgb = Uint8Array.from({ length: 3 * width * height }, (_, index) => (index * index * 31 + seed) >> 3)
      const raster = await decode(await encodePng(rgb, width, height), codecs)
      expect([raster.width, raster.height]).toEqual([width, height])
      expect(Buffer.from(rgbOf(raster)).equals(rgb)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('a size keeps its shape and never has more pixels than allowed', () => {
  expect(scaledSize(4000, 3000, 1_000_000)).toEqual({ width: 1154, height: 866 })
  expect(scaledSize(20, 10, 200)).toEqual({ width: 20, height: 10 })
  expect(scaledSize(16_384, 1, 100)).toEqual({ width: 100, height: 1 })
  const side = fc.integer({ min: 1, max: 16_384 })
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 2 ** 26 }), (width, height, most) => {
      const scaled = scaledSize(width, height, most)
      return scaled.width * scaled.height <= most && scaled.width <= width && scaled.height <= height
    }),
  )
})

describe('a copy', () => {
  const photo = new URL('../../../fixtures/photos/', import.meta.url)
  const [{ filename }] = (JSON.parse(readFileSync(new URL('dataset.json', photo), 'utf8')) as { images: [{ filename: string }] })
    .images
  const bytes = new Uint8Array(readFileSync(new URL(`images/${filename}`, photo)))

  test("of a photograph is Pillow's bicubic resize of its pixels", async () => {
    const raster = await decode(bytes, codecs)
    const scaled = await scalePicture(bytes, 10_000, codecs)
    expect(scaled.width * scaled.height).toBeLessThanOrEqual(10_000)
    const resampling = { filter: 'bicubic', pad: [255, 255, 255], alpha: 'drop' } as const
    const expected = resizeRgb(raster, orientedGrid(raster.width, raster.height, 1), planScale(raster, scaled), resampling)
    expect(Buffer.from(rgbOf(await decode(scaled.bytes, codecs))).equals(expected)).toBe(true)
    // Again, the same bytes: an answer to them may be stored.
    expect((await scalePicture(bytes, 10_000, codecs)).bytes).toEqual(scaled.bytes)
  })

  test('has white where the picture is transparent', async () => {
    const clear = encodeRgbaPng(20, 20, new Uint8Array(1600))
    const scaled = await scalePicture(clear, 100, codecs)
    expect(new Set(rgbOf(await decode(scaled.bytes, codecs)))).toEqual(new Set([255]))
  })

  test('that would take too much memory is refused', async () => {
    const wide = encodeRgbaPng(16_384, 100, new Uint8Array(4 * 16_384 * 100))
    await expect(scalePicture(wide, 1_500_000, codecs)).rejects.toMatchObject({
      failure: { kind: 'too_large', what: 'memory to scale this picture down' },
    })
  })
})
