import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import { type ImageHeader, readImageHeader } from '../../../src/media/image-header.ts'
import { planLargePicture } from '../../../src/media/large-picture.ts'
import { squarePixels } from '../../../src/media/preprocess.ts'
import { samplePixels } from '../../../src/media/pixel-sample.ts'
import { decodeScaledJpeg } from '../../../src/media/scaled-jpeg/decode.ts'
import { arenaBytes, type Samples } from '../../../src/media/scaled-jpeg/frame.ts'
import { encodeJpeg } from '../../support/encode-jpeg.ts'
import { decode, golden, goldenNames, largestDifference, specification } from './golden.ts'
import { cases } from '../../support/cases.ts'

function squareOfLargePicture(bytes: Uint8Array, header: ImageHeader, spec: Parameters<typeof planLargePicture>[1]) {
  const plan = planLargePicture(header, spec)
  return plan.decode(bytes, new Uint8Array(plan.bytes))
}

/** Every row of a JPEG, one after the other. */
function scaledRows(bytes: Uint8Array, samples: Samples): number[] {
  const { encodedBytes, progressive = false, sampling = [], ...header } = readImageHeader(bytes)
  const memory = new Uint8Array(arenaBytes({ ...header, progressive }, sampling, samples))
  const rows: number[] = []
  decodeScaledJpeg(bytes.subarray(0, encodedBytes), samples, memory, (rgba) => rows.push(...rgba))
  return rows
}

const large = (bytes: Uint8Array): ImageHeader => ({ ...readImageHeader(bytes), isLarge: true })
const cover = { ...specification, fit: 'cover', size: 48, shortest_edge: 54 } as const

/**
 * A photograph, enlarged by repetition and a little noise, so that a small file represents a large picture.
 */
async function enlarged(factor: number): Promise<{ rgba: Uint8ClampedArray; width: number; height: number }> {
  const folder = new URL('../../../fixtures/photos/', import.meta.url)
  const { images } = JSON.parse(readFileSync(new URL('dataset.json', folder), 'utf8')) as { images: { filename: string }[] }
  const { data, width, height } = await decode(new Uint8Array(readFileSync(new URL(`images/${images[0]!.filename}`, folder))))
  const [w, h] = [width * factor - 3, height * factor - 1]
  const rgba = new Uint8ClampedArray(w * h * 4)
  for (let y = 0, to = 0; y < h; y++)
    for (let x = 0; x < w; x++, to += 4) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 4
      const noise = (Math.imul(x * 31 + y * 17, 2654435761) >>> 28) - 8
      for (let channel = 0; channel < 3; channel++) rgba[to + channel] = data[from + channel]! + noise
      rgba[to + 3] = 255
    }
  return { rgba, width: w, height: h }
}

function difference(actual: Uint8Array, expected: Uint8Array): { mean: number; beyondOne: number; largest: number } {
  let [sum, beyond, largest] = [0, 0, 0]
  for (let i = 0; i < expected.length; i++) {
    const by = Math.abs(actual[i]! - expected[i]!)
    sum += by
    if (by > 1) beyond++
    largest = Math.max(largest, by)
  }
  return { mean: sum / expected.length, beyondOne: beyond / expected.length, largest }
}

/** JFIF luma of each pixel. */
function luma(rgba: ArrayLike<number>): Uint8Array {
  return Uint8Array.from({ length: rgba.length / 4 }, (_, i) =>
    Math.round(0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!),
  )
}

describe('a PNG row by row', () => {
  const names = goldenNames('images').filter((name) => name.endsWith('.png') && !name.startsWith('interlaced'))

  it.each(names)('%s: the square of the whole picture', async (name) => {
    const bytes = golden(`images/${name}`)
    for (const spec of [specification, cover]) {
      const raster = await decode(bytes)
      const whole = { rgb: squarePixels(raster, spec, readImageHeader(bytes)), sample: samplePixels(raster), scale: 1 }
      expect(squareOfLargePicture(bytes, large(bytes), spec)).toEqual(whole)
    }
  })
})

describe('a JPEG at reduced scale', () => {
  const names = goldenNames('images').filter((name) => name.endsWith('.jpg') && name !== 'cmyk.jpg')

  it.each(names)('%s: at full scale its luma is that of mozjpeg', async (name) => {
    const bytes = golden(`images/${name}`)
    const rows = scaledRows(bytes, 8)
    const { data } = await decode(bytes)
    // Chroma is repeated here and smoothed there: 33 × 21 pixels of noise differ in colour, and in luma only
    // where it clips.
    expect(difference(luma(rows), luma(data)).mean).toBeLessThan(name.startsWith('full') || name.startsWith('gray') ? 0.2 : 1.5)
  })

  it('CMYK by Pillow', () => {
    const rows = scaledRows(golden('images/cmyk.jpg'), 8)
    expect(largestDifference(Uint8Array.from(rows), golden('decoded-in-parts/cmyk.jpg.rgba'))).toBeLessThanOrEqual(1)
  })

  const encodings = {
    'baseline 4:2:0': { progressive: false, baseline: true, auto_subsample: false, chroma_subsample: 2 },
    'progressive 4:2:0': { progressive: true, auto_subsample: false, chroma_subsample: 2 },
    'progressive 4:4:4': { progressive: true, auto_subsample: false, chroma_subsample: 1 },
  }
  it.each(Object.entries(encodings))('%s: the square is within 1/255 of the whole picture’s', async (_, options) => {
    const { rgba, width, height } = await enlarged(2)
    const bytes = await encodeJpeg(rgba, width, height, { quality: 85, ...options })
    const header = large(bytes)
    const whole = await decode(bytes)
    for (const orientation of [1, 6, 3] as const) {
      const expected = squarePixels(whole, cover, { ...header, orientation })
      const { rgb, scale } = squareOfLargePicture(bytes, { ...header, orientation }, cover)
      expect(scale).toBeLessThan(1)
      const { mean, beyondOne, largest } = difference(rgb, expected)
      expect(mean).toBeLessThan(0.4)
      expect(beyondOne).toBeLessThan(0.01)
      expect(largest).toBeLessThanOrEqual(4)
    }
  })

  it('the sample is the same for squares of every size', async () => {
    const { rgba, width, height } = await enlarged(2)
    const bytes = await encodeJpeg(rgba, width, height, encodings['baseline 4:2:0'])
    const [small, middle, large224] = [16, 64, 224].map((size) =>
      squareOfLargePicture(bytes, large(bytes), { ...cover, size, shortest_edge: size }),
    )
    expect(new Set([small!.scale, middle!.scale, large224!.scale]).size).toBe(3)
    for (const { sample } of [small!, middle!]) expect(String(sample.pixels) === String(large224!.sample.pixels)).toBe(true)
  })

  it('damage is refused or decoded, and nothing else', () => {
    const file = golden('images/progressive.jpg')
    const others = [golden('images/restart.jpg'), golden('images/half-chroma.jpg'), golden('images/cmyk.jpg'), file]
    fc.assert(
      fc.property(
        fc.nat(others.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(1, 2, 4, 8),
        (which, edits, samples) => {
          const bytes = others[which]!.slice()
          for (const [at, value] of edits) bytes[20 + (at % (bytes.length - 22))] = value
          try {
            scaledRows(bytes, samples as Samples)
          } catch (error) {
            if (!(error instanceof Fault)) throw error
            expect(['bad_image', 'too_large', 'unsupported_media']).toContain(error.failure.kind)
          }
        },
      ),
      { numRuns: cases(1500) },
    )
  })
})
