/**
 * The shipped model against its trainer's records (`models/<id>/parity.json`): token ids, pixels, and the
 * beginning of each embedding from native ONNX Runtime.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { squarePixels } from '../../src/media/preprocess.ts'
import { createTokenizer } from '../../src/text/tokenizer.ts'
import { MODELS, nodeEdgeModel } from '../support/node-dual-encoder.ts'
import { encodeRgbaPng } from '../support/png.ts'

interface Parity {
  readonly texts: readonly {
    readonly text: string
    readonly input_ids: readonly number[]
    readonly embedding_head: readonly number[]
  }[]
  readonly images: readonly {
    readonly name: string
    readonly width: number
    readonly height: number
    readonly rgba_base64: string
    readonly resized_rgb_base64: string
    readonly embedding_head: readonly number[]
  }[]
}

const directory = join(MODELS, 'assay-clip')
const parity = JSON.parse(await readFile(join(directory, 'parity.json'), 'utf8')) as Parity
const model = await nodeEdgeModel(directory)

/**
 * WebAssembly's int8 kernels occasionally round differently from native ones, and a tower in int8 throughout
 * propagates such a step. Largest measured difference of a unit vector's 256 coordinates (typically 0.06):
 * pictures 1.1e-3, texts 1.4e-4.
 */
const TOLERANCE = { picture: 4e-3, text: 1e-3 }

const distance = (actual: Float32Array, expected: readonly number[]): number =>
  Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)))

describe.each(parity.texts)('text "$text"', ({ text, input_ids: ids, embedding_head: head }) => {
  test('ids', async () => {
    const json = JSON.parse(await readFile(join(directory, model.manifest.tokenizer.file), 'utf8')) as unknown
    const tokenizer = createTokenizer(json, { maxLength: model.manifest.tokenizer.max_length })
    expect(tokenizer.encode(model.manifest.prompt_prefix + text).ids).toEqual(ids)
  })

  test('embedding', async () => {
    expect(distance((await model.embedText(text)).vector, head)).toBeLessThan(TOLERANCE.text)
  })
})

describe.each(parity.images)(
  'image "$name"',
  ({ width, height, rgba_base64: rgba, resized_rgb_base64: resized, embedding_head: head }) => {
    const data = Buffer.from(rgba, 'base64')

    test('pixels', () => {
      const raster = { width, height, data: new Uint8ClampedArray(data) }
      expect(
        Buffer.from(squarePixels(raster, model.manifest.image, { orientation: 1 })).equals(Buffer.from(resized, 'base64')),
      ).toBe(true)
    })

    test('embedding', async () => {
      expect(distance((await model.embedImage(encodeRgbaPng(width, height, data))).vector, head)).toBeLessThan(TOLERANCE.picture)
    })
  },
)
