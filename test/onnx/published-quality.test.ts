/**
 * The shipped model still has the quality in its manifest, on the part of its held-out test in the repository
 * (`fixtures/twemoji-retrieval`, measured by `training/assay_training/evaluate.py` with native ONNX Runtime).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../scripts/paths.ts'
import { MODELS, nodeEdgeModel } from '../support/node-dual-encoder.ts'

const FIXTURE = join(ROOT, 'fixtures/twemoji-retrieval')
/** Index of the query sentence of each picture. */
const SENTENCE = 2
/** Pictures whose rank WebAssembly may round across a threshold. */
const ROUNDED = 3

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!
  return sum
}

test('R@1, R@5 and R@10 on the committed slice', async () => {
  const model = await nodeEdgeModel(join(MODELS, 'assay-clip'))
  const { images } = JSON.parse(await readFile(join(FIXTURE, 'dataset.json'), 'utf8')) as {
    images: { filename: string; sentences: { raw: string }[] }[]
  }
  const pictures: Float32Array[] = []
  const texts: Float32Array[] = []
  for (const { filename, sentences } of images) {
    pictures.push((await model.embedImage(await readFile(join(FIXTURE, 'images', filename)))).vector)
    texts.push((await model.embedText(sentences[SENTENCE]!.raw)).vector)
  }
  // Each picture with each text, once, for six metrics.
  const scores = pictures.map((picture) => texts.map((text) => dot(picture, text)))
  const ranks = {
    image_to_text: scores.map((row, own) => row.filter((score) => score >= row[own]!).length),
    text_to_image: texts.map((_, own) => scores.filter((row) => row[own]! >= scores[own]![own]!).length),
  }
  const published = model.manifest.quality.filter(({ split }) => split === 'fixture_twemoji')
  expect(published).toHaveLength(6)
  for (const { direction, metric, value, gallery } of published) {
    expect(gallery).toBe(images.length)
    const hits = ranks[direction].filter((rank) => rank <= Number(metric.slice(2))).length
    expect(Math.abs(hits - value * gallery), `${direction} ${metric}`).toBeLessThanOrEqual(ROUNDED + 0.5)
  }
})
