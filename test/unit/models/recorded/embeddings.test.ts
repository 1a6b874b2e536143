/**
 * Uploaded embeddings as a model: checked when a run is planned, joined by id when a shard is scored.
 */
import { describe, expect, test } from 'vitest'
import type { DatasetVersion } from '../../../../src/contracts/dataset.ts'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { EmbeddingsOutput } from '../../../../src/contracts/model.ts'
import type { RunSpec } from '../../../../src/contracts/run.ts'
import { embeddingsKind, type EmbeddingsKindParts } from '../../../../src/models/recorded/embeddings/kind.ts'
import type { RetrievalItem } from '../../../../src/tasks/retrieval/item.ts'
import { safetensorsOf } from '../../../support/safetensors.ts'

const dataset = { tenant: 't', datasetId: 'ds', digest: 'd', items: 3 } as DatasetVersion
const run = { id: 'run', tenant: 't', datasetId: 'ds', spec: { dataset: { digest: 'd' } } as RunSpec }
const itemOf = (id: string): RetrievalItem => ({
  task: 'retrieval',
  id,
  cluster: id,
  image: { sha256: 'a'.repeat(64), media_type: 'image/png', bytes: 1, width: 1, height: 1 },
  captions: [0, 1].map((n) => ({ id: `${id}#${n}`, text: `caption ${n}` })),
})
const ITEMS = ['7', '8', '9'].map(itemOf)

/** Rewritten files, by digests of file and dataset. */
const stored = new Map<string, Uint8Array>()

function partsOf(bytes: Uint8Array): EmbeddingsKindParts {
  const file = { bytes: bytes.length, read: async (offset: number, length: number) => bytes.slice(offset, offset + length) }
  return {
    files: {
      find: async (_tenant, id) => {
        if (id !== 'file-1') throw new Fault({ kind: 'not_found', resource: 'file', id })
        return { id, sha256: 'e'.repeat(64), bytes: bytes.length, filename: 'e.safetensors', expiresAt: null, createdAt: 0 }
      },
      open: async () => ({ ...file, stream: () => new ReadableStream() }),
    },
    datasets: {
      open: async () => ({
        version: dataset,
        items: async (first, end) => ITEMS.slice(first, end),
        clusters: () => Promise.reject(new Error('unused')),
        columns: () => Promise.reject(new Error('unused')),
      }),
      whileStoring: (_tenant, _kind, _digest, store) => store(),
    },
    vectors: {
      put: async (_tenant, digest, of, content) => void stored.set(`${digest}@${of}`, content.slice()),
      open: async (_tenant, digest, of) => {
        const content = stored.get(`${digest}@${of}`)
        return content === undefined
          ? null
          : { bytes: content.length, read: async (offset, length) => content.slice(offset, offset + length) }
      },
    },
    admit: (_bytes, task) => task(),
  }
}

const resolve = (bytes: Uint8Array, file_id = 'file-1') =>
  embeddingsKind
    .connect(partsOf(bytes))
    .resolve({ tenant: 't', dataset, reference: { type: 'embeddings', file_id, name: 'mine' }, count: 3 })

/** In another order than the items; integer ids; a vector that is not of unit length. */
const IMAGES = {
  ids: [9, 7],
  vectors: [
    [0, 1],
    [3, 4],
  ],
}
const TEXTS = {
  ids: ['7#1', '9#0', '9#1', '7#0', 'other'],
  vectors: [
    [1, 0],
    [0, 1],
    [0.6, 0.8],
    [0, -2],
    [1, 0],
  ],
}

test('items get their vectors, in their order and of unit length; items without are errored with the id', async () => {
  const bytes = safetensorsOf(IMAGES, TEXTS)
  const resolved = await resolve(bytes)
  expect(resolved.identity).toEqual({ type: 'embeddings', name: 'mine', embeddings_digest: 'e'.repeat(64) })
  expect(resolved).toMatchObject({ dimensions: 2, queue: 'edge' })
  await resolved.prepare()
  const model = await embeddingsKind
    .connect(partsOf(bytes))
    .open({ run, identity: resolved.identity as never, range: { first: 0, end: 3 } })
  const { output } = await model.run({ item: ITEMS[0]!, output: 'embeddings' })
  expect(output).toMatchObject({ kind: 'embeddings', image: Float32Array.of(0.6, 0.8) })
  expect((output as EmbeddingsOutput).texts.map(({ vector }) => [...vector])).toEqual([
    [0, -1],
    [1, 0],
  ])
  const second = await model.run({ item: ITEMS[2]!, output: 'embeddings' })
  expect((second.output as EmbeddingsOutput).texts[1]!.vector, 'unit already').toEqual(Float32Array.of(0.6, 0.8))
  await expect(model.run({ item: ITEMS[1]!, output: 'embeddings' })).rejects.toMatchObject({
    code: 'no_embedding',
    message: 'image_ids has no "8"',
  })
})

test('lines of JSON give the same vectors as safetensors; numbers or base64', async () => {
  const base64 = (vector: readonly number[]) => Buffer.from(Float32Array.from(vector).buffer).toString('base64')
  const lines = [
    ...IMAGES.ids.map((id, row) => ({ image_id: id, embedding: IMAGES.vectors[row] })),
    ...TEXTS.ids.map((id, row) => ({ embedding: base64(TEXTS.vectors[row]!), text_id: id })),
  ]
  const bytes = new TextEncoder().encode(`\uFEFF\n${lines.map((line) => JSON.stringify(line)).join('\n\n')}`)
  const outputs = []
  for (const content of [safetensorsOf(IMAGES, TEXTS), bytes]) {
    stored.clear()
    const resolved = await resolve(content)
    expect(resolved).toMatchObject({ dimensions: 2, shardSize: 2 ** 18 })
    await resolved.prepare()
    expect(stored.size).toBe(content === bytes ? 1 : 0)
    const range = { first: 0, end: 3 }
    // A file of lines is not read again by the shards.
    const parts = partsOf(content === bytes ? new Uint8Array() : content)
    const model = await embeddingsKind.connect(parts).open({ run, identity: resolved.identity as never, range })
    outputs.push([
      await model.run({ item: ITEMS[0]!, output: 'embeddings' }),
      await model.run({ item: ITEMS[2]!, output: 'embeddings' }),
    ])
  }
  expect(outputs[1]).toEqual(outputs[0])
  stored.clear()
})

test.each<[string, readonly unknown[] | string, string]>([
  ['neither a picture nor a text', [{ id: 'a', embedding: [1] }], '/0: must have image_id or text_id'],
  ['both', [{ image_id: 'a', text_id: 'a', embedding: [1] }], '/0: must have image_id or text_id'],
  ['no embedding', [{ image_id: 'a' }], '/0/embedding: must be a list of numbers'],
  ['a list with a text', [{ image_id: 'a', embedding: [1, '2'] }], '/0/embedding: must be a list of numbers'],
  ['base64 of other bytes', [{ image_id: 'a', embedding: 'AAA=' }], '/0/embedding: must be a list of numbers'],
  ['an empty embedding', [{ image_id: 'a', embedding: [] }], '/0/embedding'],
  [
    'another length',
    [
      { image_id: 'a', embedding: [1] },
      { text_id: 'a', embedding: [1, 2] },
    ],
    '/1/embedding: has 2 numbers',
  ],
  ['an id again', [...'aa'].map((id) => ({ image_id: id, embedding: [1] })), '/1/image_id: a was already used by line 1'],
  ['pictures alone', [{ image_id: 'a', embedding: [1] }], 'has no line with text_id'],
  ['a zero vector', ['image_id', 'text_id'].map((id) => ({ [id]: '7', embedding: [0, 0] })), 'images: the vector of 7 is zero'],
  [
    'an infinite one',
    '{"image_id": 1, "embedding": [1e999]}\n{"text_id": 1, "embedding": [1]}',
    '/0/embedding/0: is beyond the range of a number',
  ],
  ['half a line', '{"image_id": 1, "embedding": [1', '/0: is not JSON'],
])('lines with %s are refused in their place', async (_case, lines, message) => {
  const text = typeof lines === 'string' ? lines : lines.map((line) => JSON.stringify(line)).join('\n')
  await expect(resolve(new TextEncoder().encode(text)).then(({ prepare }) => prepare())).rejects.toThrow(message)
})

test('half precision', async () => {
  const halves = (numbers: readonly number[]) => new Uint8Array(Uint16Array.from(numbers).buffer)
  const header = (shape: number[], first: number, end: number) => ({ dtype: 'F16', shape, data_offsets: [first, end] })
  const json = Buffer.from(
    JSON.stringify({
      __metadata__: { image_ids: '["7"]', text_ids: '["7#0","7#1"]' },
      images: header([1, 2], 0, 4),
      texts: header([2, 2], 4, 12),
    }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  // 1, 0; -1, 0; 2^-24, 0
  const bytes = new Uint8Array(Buffer.concat([length, json, halves([0x3c00, 0]), halves([0xbc00, 0]), halves([1, 0])]))
  const resolved = await resolve(bytes)
  await resolved.prepare()
  const model = await embeddingsKind
    .connect(partsOf(bytes))
    .open({ run, identity: resolved.identity as never, range: { first: 0, end: 1 } })
  const { output } = await model.run({ item: ITEMS[0]!, output: 'embeddings' })
  expect((output as EmbeddingsOutput).texts.map(({ vector }) => vector[0])).toEqual([-1, 1])
})

describe('is refused at planning', () => {
  const prepared = async (bytes: Uint8Array) => (await resolve(bytes)).prepare()
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(), 'is not a safetensors file'],
    ['another file', new TextEncoder().encode('["a"] and more'), 'is not a safetensors file'],
    ['no texts', safetensorsOf(IMAGES, TEXTS, (header) => delete header['texts']), 'texts: '],
    ['no ids', safetensorsOf(IMAGES, TEXTS, (header) => delete header['__metadata__']), '__metadata__: '],
    ['integers', safetensorsOf(IMAGES, TEXTS, (header) => (header['images']!['dtype'] = 'I32')), 'must be F32 or F16'],
    ['other dimensions', safetensorsOf(IMAGES, { ids: ['a'], vectors: [[1, 2, 3]] }), 'images have 2 dimensions, texts 3'],
    ['too few ids', safetensorsOf({ ...IMAGES, ids: [9] }, TEXTS), 'one id per row'],
    ['an id twice', safetensorsOf({ ...IMAGES, ids: [9, '9'] }, TEXTS), 'an id occurs twice: 9'],
    ['offsets beyond the file', safetensorsOf(IMAGES, TEXTS).slice(0, -4), 'its offsets or the file give others'],
    [
      'NaN',
      safetensorsOf(
        {
          ...IMAGES,
          vectors: [
            [0, NaN],
            [1, 0],
          ],
        },
        TEXTS,
      ),
      'images: the vector of 9 is not finite',
    ],
    [
      'a zero vector',
      safetensorsOf(IMAGES, {
        ids: ['7#0', '7#1'],
        vectors: [
          [0, 1],
          [0, 0],
        ],
      }),
      'texts: the vector of 7#1 is zero',
    ],
    [
      'other ids',
      safetensorsOf({ ...IMAGES, ids: ['x', 'y'] }, TEXTS),
      'no item of the dataset has all of its vectors in this file: image_ids has no "7"',
    ],
    ['other text ids', safetensorsOf(IMAGES, { ids: ['x'], vectors: [[1, 0]] }), 'text_ids has no "7#0", a text of item 7'],
  ])('%s', async (_, bytes, message) => {
    await expect(prepared(bytes)).rejects.toThrow(message)
    const failure = await prepared(bytes).catch((error: Fault) => error.failure)
    expect(failure).toMatchObject({ kind: 'unprocessable', errors: [{ pointer: '/data_source/subject/file_id' }] })
  })

  test('an unknown file, other outputs and other tasks', async () => {
    const bytes = safetensorsOf(IMAGES, TEXTS)
    await expect(resolve(bytes, 'file-2')).rejects.toMatchObject({ failure: { pointer: '/data_source/subject/file_id' } })
    const { supports } = await resolve(bytes)
    expect([supports('retrieval', 'embeddings'), supports('retrieval', 'text'), supports('vqa', 'embeddings')]).toEqual([
      true,
      expect.stringMatching(/vectors, not text/),
      expect.stringMatching(/retrieval and classification datasets/),
    ])
  })
})
