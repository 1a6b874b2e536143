/**
 * `assay-photo` through the product's decoders, resizer, tokenizer and WebAssembly, against Pillow and native
 * ONNX Runtime (`models/assay-photo/parity.json`, written by `training/assay_photo/finish.py`), and as a
 * retriever of photographs.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { modelManifest } from '../../src/contracts/model-manifest.ts'
import { createTokenizer } from '../../src/text/tokenizer.ts'
import { MODELS, nodeEdgeModel } from '../support/node-dual-encoder.ts'

interface Parity {
  readonly texts: readonly {
    readonly text: string
    readonly input_ids: readonly number[]
    readonly embedding: readonly number[]
  }[]
  readonly photographs: readonly { readonly file: string; readonly embedding: readonly number[] }[]
}

interface Karpathy {
  readonly images: readonly { readonly filename: string; readonly sentences: readonly { readonly raw: string }[] }[]
}

const directory = join(MODELS, 'assay-photo')
const photographs = join(import.meta.dirname, '../../fixtures/photos')
const json = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T
const parity = await json<Parity>(join(directory, 'parity.json'))
const model = await nodeEdgeModel(directory)
const photograph = (file: string) => readFile(join(photographs, 'images', file))

const dot = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Array.from(one).reduce((sum, value, index) => sum + value * other[index]!, 0)

test('the manifest is one of ours', async () => {
  expect(modelManifest.parse(await json(join(directory, 'manifest.json'))).id).toBe('assay-photo')
})

describe.each(parity.texts)('text "$text"', ({ text, input_ids: ids, embedding }) => {
  test('ids', async () => {
    const tokenizer = createTokenizer(await json(join(directory, 'tokenizer.json')), {
      maxLength: model.manifest.tokenizer.max_length,
    })
    expect(tokenizer.encode(text).ids).toEqual(ids)
  })

  test('embedding', async () => {
    expect(dot((await model.embedText(text)).vector, embedding)).toBeGreaterThan(0.9999)
  })
})

// JPEG decoders and int8 kernels occasionally differ by a step, and the int8 layers propagate it.
test.each(parity.photographs)('photograph $file', async ({ file, embedding }) => {
  expect(dot((await model.embedImage(await photograph(file))).vector, embedding)).toBeGreaterThan(0.99)
})

test('most fixture sentences find their photograph among twenty', async () => {
  const { images } = await json<Karpathy>(join(photographs, 'dataset.json'))
  const vectors = await Promise.all(
    images.map(async ({ filename }) => (await model.embedImage(await photograph(filename))).vector),
  )
  let found = 0
  for (const [index, { sentences }] of images.entries()) {
    const { vector } = await model.embedText(sentences[0]!.raw)
    const scores = vectors.map((image) => dot(image, vector))
    if (scores.every((score, other) => other === index || score < scores[index]!)) found++
  }
  expect(found).toBeGreaterThanOrEqual(14)
})
