/** The detector of picture kinds with its shipped parameters, on pictures that it was not fitted to. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import parameters from '../../../src/models/domain/parameters.json' with { type: 'json' }
import { PICTURE_KINDS, type PictureKind } from '../../../src/contracts/picture-kind.ts'
import { samplePixels } from '../../../src/media/pixel-sample.ts'
import { createDetector } from '../../../src/models/domain/detector.ts'
import { pictureStatistics } from '../../../src/models/domain/statistics.ts'
import { readImageHeader } from '../../../src/media/image-header.ts'
import { nodeCodecs } from '../../support/node-dual-encoder.ts'

const detector = createDetector(parameters)
const codecs = await nodeCodecs()

async function kindOf(file: string): Promise<PictureKind> {
  const bytes = readFileSync(file)
  const probabilities = await codecs.decode(bytes, readImageHeader(bytes), (raster) =>
    detector.probabilities(samplePixels(raster)),
  )
  return PICTURE_KINDS[probabilities.indexOf(Math.max(...probabilities))]!
}

const picture = (width: number, height: number, colour: (at: number) => readonly number[]) => ({
  width,
  height,
  data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => colour(at >> 2)[at & 3] ?? 255),
})

describe('the shipped detector', () => {
  test('knows the photographs and the drawings of the fixtures', async () => {
    const wrong: string[] = []
    const check = async (folder: string, kind: PictureKind, every: number) => {
      for (const [at, name] of readdirSync(folder).toSorted().entries())
        if (at % every === 0 && (await kindOf(`${folder}/${name}`)) !== kind) wrong.push(`${name} is no ${kind}`)
    }
    await check('fixtures/photos/images', 'photograph', 2)
    await check('fixtures/scenes/images', 'drawing', 6)
    await check('fixtures/twemoji-retrieval/images', 'drawing', 10)
    // Of 51. The whole table is in docs/measurements/domain-detector.md.
    expect(wrong.length, wrong.join()).toBeLessThanOrEqual(4)
  })

  test('knows a blank picture and noise', () => {
    const kind = (raster: Parameters<typeof samplePixels>[0]) => {
      const probabilities = detector.probabilities(samplePixels(raster))
      return PICTURE_KINDS[probabilities.indexOf(Math.max(...probabilities))]
    }
    expect(kind(picture(300, 200, () => [90, 120, 200]))).toBe('blank')
    expect(kind(picture(1, 1, () => [255, 255, 255]))).toBe('blank')
    // Knuth's multiplicative hash.
    expect(
      kind(picture(200, 150, (at) => [0, 8, 16].map((by) => (Math.imul(at ^ (at >>> 5), 2654435761) >>> (24 - by)) & 255))),
    ).toBe('noise')
  })

  test('gives finite statistics and probabilities of any picture', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 40],
      [16, 1],
      [17, 33],
    ] as const) {
      const sample = samplePixels(picture(width, height, (at) => [at, at * 7, at * 31]))
      expect(pictureStatistics(sample).every(Number.isFinite)).toBe(true)
      const probabilities = detector.probabilities(sample)
      expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 3)
    }
  })

  test('is refused with parameters for other statistics or kinds', () => {
    expect(() => createDetector({ ...parameters, statistics: 'other' })).toThrow('fitted to other')
    expect(() => createDetector({ ...parameters, kinds: ['cat'] })).toThrow('knows cat')
  })

  test('has a digest that changes with any parameter', async () => {
    const other = createDetector({ ...parameters, bound: parameters.bound + 1 })
    expect(await detector.digest()).toMatch(/^[0-9a-f]{64}$/)
    expect(await other.digest()).not.toBe(await detector.digest())
  })
})
