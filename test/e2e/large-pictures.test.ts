/**
 * Pictures as cameras and screens make them, through the API: a JPEG of 24 megapixels, a PNG of 4K, a CMYK
 * JPEG.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeJpeg } from '../support/encode-jpeg.ts'
import { encodePng } from '../support/png.ts'
import { type Assay, startAssay } from './harness.ts'

let assay: Assay
beforeAll(async () => {
  assay = await startAssay()
})
afterAll(() => assay?.stop())

/** A red disc on green. */
const color = (x: number, y: number): [number, number, number] =>
  (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.09 ? [220, 30, 40] : [60, 160, 70]

function disc(width: number, height: number): Uint8ClampedArray {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 4) data.set([...color(x / width, y / height), 255], to)
  return data
}

const png = (width: number, height: number): Uint8Array =>
  new Uint8Array(encodePng(width, height, (x, y) => color(x / width, y / height)))

async function scoresOf(bytes: Uint8Array, type: string): Promise<{ scores: number[]; width: number }> {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(bytes)], { type }), 'picture')
  form.set('variant', 'cosine')
  for (const text of ['a red circle', 'a green field', 'two dogs']) form.append('text', text)
  const response = await assay.request('/v1/score', { method: 'POST', body: form })
  expect(response.status, await response.clone().text()).toBe(200)
  const { image, data } = (await response.json()) as { image: { width: number }; data: { score: number }[] }
  return { scores: data.map(({ score }) => score), width: image.width }
}

test('a JPEG of 24 megapixels, baseline and progressive, scores as its small copy does', async () => {
  // All encoded before the first request: a connection that idles for seconds is closed.
  const copy = await encodeJpeg(disc(1500, 1000), 1500, 1000, { quality: 95 })
  const pixels = disc(6000, 4000)
  const baseline = await encodeJpeg(pixels, 6000, 4000, { quality: 90, progressive: false, baseline: true })
  const progressive = await encodeJpeg(pixels, 6000, 4000, { quality: 90, progressive: true, baseline: false })
  const small = await scoresOf(copy, 'image/jpeg')
  for (const bytes of [baseline, progressive]) {
    const { scores, width } = await scoresOf(bytes, 'image/jpeg')
    expect(width).toBe(6000)
    scores.forEach((score, i) => expect(Math.abs(score - small.scores[i]!)).toBeLessThan(0.01))
  }
})

test('a PNG of 4K scores as its small copy does', async () => {
  const small = await scoresOf(png(960, 540), 'image/png')
  const { scores, width } = await scoresOf(png(3840, 2160), 'image/png')
  expect(width).toBe(3840)
  scores.forEach((score, i) => expect(Math.abs(score - small.scores[i]!)).toBeLessThan(0.01))
})

test('a CMYK JPEG is scored', async () => {
  const cmyk = readFileSync(new URL('../golden/media/images/cmyk.jpg', import.meta.url))
  expect((await scoresOf(new Uint8Array(cmyk), 'image/jpeg')).scores).toHaveLength(3)
})
