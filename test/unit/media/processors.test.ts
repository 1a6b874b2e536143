/**
 * Comparison with Hugging Face's `CLIPImageProcessor` and `SiglipImageProcessor`
 * (`test/golden/media/processors.py`), bit for bit.
 */
import { describe, expect, it } from 'vitest'
import { type ImagePreprocessing, imagePreprocessing } from '../../../src/contracts/model-manifest.ts'
import { preprocessingDigest, squarePixels } from '../../../src/media/preprocess.ts'
import type { Raster } from '../../../src/media/raster.ts'
import { toTensor } from '../../../src/media/tensor.ts'
import { decode, golden, noise, specification } from './golden.ts'

interface Case {
  readonly name: string
  readonly source: string
  readonly image: ImagePreprocessing
}

const cases = JSON.parse(new TextDecoder().decode(golden('processors/cases.json'))) as Case[]

async function picture(source: string): Promise<Raster> {
  const size = /^noise (\d+)x(\d+)$/.exec(source)
  if (!size) return decode(golden(source))
  const [width, height] = [Number(size[1]), Number(size[2])]
  const rgb = noise(width, height)
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(i * 3, i * 3 + 3), i * 4)
  return { width, height, data }
}

describe('pixel values of the reference', () => {
  it.each(cases)('$name', async ({ name, source, image }) => {
    const spec = imagePreprocessing.parse(image)
    const expected = new Float32Array(golden(`processors/${name}.f32`).buffer)
    const actual = toTensor(squarePixels(await picture(source), spec, { orientation: 1 }), spec)
    expect(actual).toEqual(expected)
  })

  it('covers both fits, both filters, padding and alpha', () => {
    expect(cases.length).toBeGreaterThan(25)
    expect(new Set(cases.map(({ image }) => `${image.fit} ${image.filter}`)).size).toBe(4)
    expect(cases.filter(({ image }) => image.shortest_edge! < image.size).length).toBeGreaterThan(2)
  })
})

describe('the manifest', () => {
  it('knows a shortest edge with cover only', () => {
    const wrong = imagePreprocessing.safeParse({ ...specification, fit: 'stretch', shortest_edge: 70 })
    expect(wrong.error?.issues.map(({ path, message }) => [path.join('/'), message])).toEqual([
      ['shortest_edge', "only fit 'cover' has a shortest edge"],
    ])
    expect(imagePreprocessing.safeParse({ ...specification, fit: 'cover', shortest_edge: 70 }).success).toBe(true)
  })

  it('gives another digest for whatever gives other numbers, and the old one without the new members', async () => {
    const cover = { ...specification, fit: 'cover' as const }
    const digests = await Promise.all(
      [
        specification,
        cover,
        { ...cover, shortest_edge: 70 },
        { ...cover, rescale_factor: 1 / 255 },
        { ...cover, alpha: 'drop' as const },
      ].map(preprocessingDigest),
    )
    expect(new Set(digests).size).toBe(digests.length)
    expect(digests[0]).toBe('533f411369df3959d421a1ebc4c765ebea384445dc022f0c2990e91348c5d994')
  })
})

it('pads what is smaller than the crop with the pad colour, whatever the picture', () => {
  const spec: ImagePreprocessing = {
    ...specification,
    fit: 'cover',
    size: 9,
    shortest_edge: 4,
    pad_color: [1, 2, 3],
    alpha: 'drop',
  }
  const data = new Uint8ClampedArray(6 * 6 * 4).fill(200)
  const square = squarePixels({ width: 6, height: 6, data }, spec, { orientation: 1 })
  const inside = (place: number): boolean => place >= 3 && place < 7
  for (let y = 0; y < 9; y++) {
    for (let x = 0; x < 9; x++) {
      const pixel = [...square.subarray((y * 9 + x) * 3, (y * 9 + x) * 3 + 3)]
      expect(pixel, `${x},${y}`).toEqual(inside(x) && inside(y) ? [200, 200, 200] : [1, 2, 3])
    }
  }
})
