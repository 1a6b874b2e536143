/**
 * The shipped model still does what its manifest says, on the slice of its held-out test that the repository holds
 * (`fixtures/twemoji-retrieval`, measured by `training/assay_training/evaluate.py` with native ONNX Runtime).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../../../scripts/paths.ts'
import { MODELS, nodeEdgeModel } from '../../support/node-edge-model.ts'

const FIXTURE = join(ROOT, 'fixtures/twemoji-retrieval')
/** Which sentence of a picture is its query. */
const SENTENCE = 2
/** Pictures whose rank WebAssembly may round to the other side of a threshold. */
const ROUNDED = 3

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * b[index]!, 0)

test('R@1, R@5 and R@10 on the committed slice', { timeout: 60_000 }, async () => {
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
  const published = model.manifest.quality.filter(({ split }) => split === 'fixture_twemoji')
  expect(published).toHaveLength(6)
  for (const { direction, metric, value, gallery } of published) {
    expect(gallery).toBe(images.length)
    const [queries, candidates] = direction === 'text_to_image' ? [texts, pictures] : [pictures, texts]
    const within = Number(metric.slice(2))
    const hits = queries.filter((query, own) => {
      const score = dot(query, candidates[own]!)
      return candidates.filter((candidate) => dot(query, candidate) >= score).length <= within
    }).length
    expect(Math.abs(hits - value * gallery), `${direction} ${metric}`).toBeLessThanOrEqual(ROUNDED + 0.5)
  }
})
