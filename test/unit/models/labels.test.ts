/** Labels of pictures: whatever kind of model embeds, the same vectors give the same ranks. */
import { expect, test } from 'vitest'
import type { DatasetVersion } from '../../../src/contracts/dataset.ts'
import type { Candidate } from '../../../src/contracts/item.ts'
import type { Model } from '../../../src/contracts/model.ts'
import type { RunSpec } from '../../../src/contracts/run.ts'
import { nearestLabels } from '../../../src/metrics/label-embedding.ts'
import type { DualEncoder } from '../../../src/models/edge/dual-encoder.ts'
import { createEdgeModel } from '../../../src/models/edge/edge-model.ts'
import { edgeModelKind } from '../../../src/models/edge/kind.ts'
import { createLruCache } from '../../../src/models/edge/lru-cache.ts'
import { createChatModel } from '../../../src/models/endpoint/chat/chat-model.ts'
import { createEmbeddingsModel } from '../../../src/models/endpoint/embeddings/embeddings-model.ts'
import { embeddingsKind } from '../../../src/models/recorded/embeddings/kind.ts'
import { createRecordedResults } from '../../../src/models/recorded/recorded-model.ts'
import { fakeDetector, MANIFEST_PARTS } from '../../support/fake-detector.ts'
import { noTurns } from '../../support/fake-turns.ts'
import { safetensorsOf } from '../../support/safetensors.ts'
import { FAKE_IDENTITY } from '../../support/fake-identity.ts'

const image = { sha256: 'a'.repeat(64), media_type: 'image/png', bytes: 3, width: 1, height: 1 } as const
/** By their texts' vectors: the dog lies between two texts, of which neither is nearest by itself. */
const TEXTS: Readonly<Record<string, readonly number[]>> = {
  cat: [3, 4],
  'a dog': [1, 0],
  'a hound': [0, 2],
  cow: [-1, 0],
  'a photo of a cat': [0, 1],
  'a photo of a cow': [1, 0.1],
}
const PICTURE = [0.8, 0.7]
const candidates: readonly Candidate[] = [{ label: 'cat' }, { label: 'dog', prompts: ['a dog', 'a hound'] }, { label: 'cow' }]
const item = { task: 'classification', id: '7', cluster: '7', image, label: 'dog', candidates }
const identity = FAKE_IDENTITY

const embedded: string[] = []
const memory = createLruCache<never>(2 ** 20)
const edge = () =>
  createEdgeModel({
    encoder: {
      manifest: { ...MANIFEST_PARTS, id: 'fake', embedding: { dimensions: 2 } },
      identity: async () => identity,
      lookAt: async () => ({ embed: async () => Float32Array.from(PICTURE), scale: 1, header: {} }),
      embedText: async (text: string) => {
        embedded.push(text)
        return {
          vector: Float32Array.from(TEXTS[text]!),
          tokens: 1,
          truncated: text === 'cow',
          unknownTokens: text === 'cat' ? 2 : 0,
        }
      },
    } as unknown as DualEncoder,
    tenant: 't',
    readImage: async () => new Uint8Array(3),
    turns: noTurns,
    admit: (_weight, task) => task(),
    detector: fakeDetector(),
    labels: memory,
    cache: null,
  })
const dataset = {
  tenant: 't',
  datasetId: 'ds',
  digest: 'd',
  items: 1,
  images: 1,
  task: 'classification',
  candidates,
} as unknown as DatasetVersion
const run = { id: 'run', tenant: 't', datasetId: 'ds', spec: { dataset: { digest: 'd' } } as RunSpec }

const rankedBy = async (model: Pick<Model, 'run'>) => {
  const { output } = await model.run({ item, output: 'labels' })
  if (output.kind !== 'labels') throw new Error(`${output.kind} instead of labels`)
  return output
}

const DOG_FIRST = [1, 0, 2]

test('an edge model embeds labels once for all shards, and counts those that it does not know', async () => {
  embedded.length = 0
  const output = await rankedBy(await edge())
  expect(output.ranked!.map(({ index }) => index)).toEqual(DOG_FIRST)
  expect(output.ranked![0]!.cosine).toBeCloseTo(1.5 / Math.SQRT2 / Math.hypot(...PICTURE), 6)
  expect(output.read).toEqual({ truncated: 1, unknown: 1 })
  expect(embedded).toEqual(['cat', 'a dog', 'a hound', 'cow'])
  await rankedBy(await edge())
  expect(embedded).toHaveLength(4)
})

test('templates take labels without texts of their own, and are part of the identity', async () => {
  const kind = edgeModelKind.connect({ edgeModels: { find: () => edge() }, answeringModels: { find: async () => null } } as never)
  const reference = { type: 'edge_model', model: 'fake', templates: ['a photo of a {}'] } as const
  const resolved = await kind.resolve({
    tenant: 't',
    dataset,
    reference: { ...reference, templates: [...reference.templates] },
    count: 1,
  })
  expect(resolved.identity).toEqual({ ...identity, templates: reference.templates })
  const model = await kind.open({ run, identity: resolved.identity as typeof identity, range: { first: 0, end: 1 } })
  const { ranked } = await rankedBy(model)
  expect(ranked!.map(({ index }) => index)).toEqual([1, 2, 0])
  const other = { ...dataset, task: 'retrieval', candidates: undefined } as unknown as DatasetVersion
  await expect(kind.resolve({ tenant: 't', dataset: other, reference: resolved.identity as never, count: 1 })).rejects.toThrow(
    'are for datasets with labels; retrieval items have none',
  )
  const many = { ...dataset, candidates: Array.from({ length: 200 }, (_, n) => ({ label: `${n}` })) } as unknown as DatasetVersion
  const templates = Array.from({ length: 100 }, (_, n) => `${n} {}`)
  await expect(kind.resolve({ tenant: 't', dataset: many, reference: { ...reference, templates }, count: 1 })).rejects.toThrow(
    '200 labels make 20000 texts; at most 16384',
  )
})

test('an embeddings endpoint is sent the texts of all labels once per shard', async () => {
  const sent: string[][] = []
  const model = createEmbeddingsModel({
    identity: { type: 'endpoint', kind: 'embeddings', endpoint: 'e', model: 'm', picture_input: 'modality' },
    endpoint: { concurrency: 2 },
    encoding: 'float',
    readImage: async () => new Uint8Array(3),
    call: (async ({ body, images }: { body: Uint8Array; images: number }) => {
      const { input } = JSON.parse(new TextDecoder().decode(body)) as { input: string[] }
      if (images === 0) sent.push(input)
      const vectors = (images === 1 ? [PICTURE] : input.map((text) => TEXTS[text]!)).map((vector) => Float32Array.from(vector))
      return { answer: { vectors, usage: null }, calls: 1, stored: false }
    }) as never,
  })
  const first = await rankedBy(model)
  expect(first.ranked).toEqual((await rankedBy(await edge())).ranked)
  expect(first.read).toBeNull()
  await rankedBy(model)
  expect(sent).toEqual([['cat', 'a dog', 'a hound', 'cow']])
})

test('uploaded embeddings have one vector per label, by its name', async () => {
  const bytes = safetensorsOf(
    { ids: [7], vectors: [PICTURE] },
    {
      ids: ['cow', 'dog', 'cat'],
      vectors: [
        [-1, 0],
        [5, 5],
        [3, 4],
      ],
    },
  )
  const file = {
    bytes: bytes.length,
    read: async (at: number, length: number) => bytes.slice(at, at + length),
    stream: () => new ReadableStream(),
  }
  const kind = embeddingsKind.connect({
    files: {
      find: async (_tenant, id) => ({ id, sha256: 'e', bytes: bytes.length, filename: 'e', expiresAt: null, createdAt: 0 }),
      open: async () => file,
    },
    datasets: {
      open: async () => ({ version: dataset, items: async () => [item] }) as never,
      whileStoring: (_tenant, _kind, _digest, store) => store(),
    },
    vectors: { put: async () => {}, open: async () => null },
    admit: (_bytes, task) => task(),
  })
  const resolved = await kind.resolve({
    tenant: 't',
    dataset,
    reference: { type: 'embeddings', file_id: 'f', name: 'n' },
    count: 1,
  })
  expect(resolved.supports('classification', 'labels')).toBe(true)
  await resolved.prepare()
  const { ranked } = await rankedBy(await kind.open({ run, identity: resolved.identity as never, range: { first: 0, end: 1 } }))
  expect(ranked!.map(({ index }) => index)).toEqual(DOG_FIRST)
})

test('a chat endpoint names one label in words; results name a place', async () => {
  const chat = (content: string) =>
    createChatModel({
      identity: { type: 'endpoint', endpoint: 'e', model: 'm', prompt: '{{item.labels}}', sampling: {} },
      endpoint: { concurrency: 1 },
      readImage: async () => new Uint8Array(3),
      call: (async () => ({ answer: { choices: [{ message: { content } }] }, calls: 1, stored: false })) as never,
    })
  expect((await rankedBy(chat('It is a hound.'))).ranked).toEqual([{ index: 1, cosine: null }])
  expect(await rankedBy(chat('a fox'))).toMatchObject({ ranked: null, unanswered: 'the answer is none of the 3 labels: "a fox"' })
  const results = createRecordedResults({ type: 'results', name: 'r', results_digest: 'e' }, () => '[2,0]')
  expect((await rankedBy(results)).ranked!.map(({ index }) => index)).toEqual([2, 0])
  expect((await results.run({ item, output: 'text' })).output).toEqual({ kind: 'text', text: 'cow' })
})

test('the nearest labels stand in order, and of equal ones the first label is first', () => {
  const labels = [
    [0, 1],
    [1, 0],
    [0, 1],
    [Math.SQRT1_2, Math.SQRT1_2],
    [1, 0],
  ]
  expect(nearestLabels([3, 3], labels, 3).map(({ index }) => index)).toEqual([3, 0, 1])
  expect(nearestLabels([1, 0], labels, 9).map(({ index }) => index)).toEqual([1, 4, 3, 0, 2])
})
