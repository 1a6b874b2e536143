/** Patches of a picture: where they lie, and what is in them. */
import { expect, test } from 'vitest'
import { samplePixels } from '../../../src/media/pixel-sample.ts'

/** Each pixel says where it is: red is x, green is y, each modulo 256. */
function gridPicture(width: number, height: number, alpha = 255) {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => {
    const pixel = at >> 2
    return [pixel % width, Math.floor(pixel / width), 7, alpha][at & 3]! & 255
  })
  return { width, height, data }
}

/** First pixel of each patch, as [x, y]. */
function corners({ pixels, width, height }: ReturnType<typeof samplePixels>): number[][] {
  const size = width * height
  return Array.from({ length: pixels.length / size }, (_, at) => [pixels[at * size]! & 255, (pixels[at * size]! >> 8) & 255])
}

test('a large picture has 16 × 16 patches, the first and last at its corners', () => {
  const sample = samplePixels(gridPicture(256, 250))
  expect(sample).toMatchObject({ columns: 16, rows: 15, width: 16, height: 16 })
  expect(corners(sample)[0]).toEqual([0, 0])
  expect(corners(sample).at(-1)).toEqual([240, 234])
  // The last pixel of the last patch is the last of the picture.
  expect(sample.pixels.at(-1)).toBe(255 | (249 << 8) | (7 << 16))
})

test('a picture smaller than a patch is one patch', () => {
  expect(samplePixels(gridPicture(1, 1))).toEqual({ columns: 1, rows: 1, width: 1, height: 1, pixels: Int32Array.of(7 << 16) })
  const sample = samplePixels(gridPicture(5, 40))
  expect(sample).toMatchObject({ columns: 1, rows: 2, width: 5, height: 16 })
  expect(corners(sample)).toEqual([
    [0, 0],
    [0, 24],
  ])
})

test('transparent pixels are white', () => {
  expect(new Set(samplePixels(gridPicture(20, 20, 0)).pixels)).toEqual(new Set([0xffffff]))
})
