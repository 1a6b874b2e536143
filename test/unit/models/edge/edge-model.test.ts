/** Failures of an edge model: those of a sample, and those of the whole shard. */
import { describe, expect, test } from 'vitest'
import { Fault, type Failure } from '../../../../src/contracts/failure.ts'
import { type EmbeddingsOutput, type OutputKind, SampleError } from '../../../../src/contracts/model.ts'
import type { DualEncoder } from '../../../../src/models/edge/dual-encoder.ts'
import { createEdgeModel } from '../../../../src/models/edge/edge-model.ts'
import { createLruCache } from '../../../../src/models/edge/lru-cache.ts'
import { fakeDetector, MANIFEST_PARTS } from '../../../support/fake-detector.ts'
import type { TaskItem } from '../../../../src/tasks/registry.ts'
import { noTurns } from '../../../support/fake-turns.ts'
import { FAKE_IDENTITY } from '../../../support/fake-identity.ts'

const image = { sha256: '0'.repeat(64), media_type: 'image/png', bytes: 3, width: 1, height: 1 } as const
const retrieval: TaskItem = {
  task: 'retrieval',
  id: '1',
  cluster: '1',
  image,
  captions: [
    { id: 'a', text: 'one' },
    { id: 'b', text: 'three' },
  ],
}
const vqa: TaskItem = {
  task: 'vqa',
  id: '2',
  cluster: '2',
  image: null,
  question: 'what?',
  question_type: 'what',
  answer_type: 'other',
  answers: ['x'],
}

const identity = FAKE_IDENTITY
const calls: string[] = []
const encoder = {
  manifest: { ...MANIFEST_PARTS, id: 'fake', embedding: { dimensions: 1 } },
  identity: async () => identity,
  lookAt: async (bytes: Uint8Array) => {
    calls.push('image')
    return { embed: async () => Float32Array.of(bytes.length), scale: 1, header: {} }
  },
  embedText: async (text: string) => {
    calls.push(text)
    return { vector: Float32Array.of(text.length), tokens: text.length, truncated: false, unknownTokens: 0 }
  },
} as unknown as DualEncoder

const model = (of: DualEncoder = encoder) =>
  createEdgeModel({
    encoder: of,
    tenant: 'main',
    readImage: async () => new Uint8Array(3),
    admit: (_weight, task) => task(),
    turns: noTurns,
    detector: fakeDetector(),
    labels: createLruCache(2 ** 20),
    cache: null,
  })

const ask = async (of: DualEncoder, item: TaskItem, output: OutputKind = 'embeddings') => (await model(of)).run({ item, output })

const failure = (error: unknown): Promise<unknown> =>
  ask({ ...encoder, lookAt: () => Promise.reject(error) }, retrieval).catch((thrown: unknown) => thrown)

describe('an edge model in a run', () => {
  test('gives the vectors of the picture and of each text, in one call', async () => {
    calls.length = 0
    expect(await ask(encoder, retrieval)).toEqual({
      calls: 1,
      warnings: [],
      output: {
        kind: 'embeddings',
        image: Float32Array.of(3),
        texts: [
          { vector: Float32Array.of(3), tokens: 3, truncated: false, unknownTokens: 0 },
          { vector: Float32Array.of(5), tokens: 5, truncated: false, unknownTokens: 0 },
        ],
      },
    })
    expect(calls).toEqual(['image', 'one', 'three'])
    expect(await model()).toMatchObject({ identity, concurrency: 1 })
  })

  test('gives the mean of a clip’s frames at unit length, and says once what it warns of', async () => {
    const vectors = [Float32Array.of(3, 4), Float32Array.of(0, 2), Float32Array.of(1, 0)]
    let looks = 0
    const of = {
      ...encoder,
      lookAt: async () => {
        const vector = vectors[looks++]!
        return { embed: async () => vector, scale: 1, header: { frames: 4 } }
      },
    } as unknown as DualEncoder
    const images = vectors.map((_, frame) => ({ ...retrieval.image!, sha256: `${frame}`.repeat(64) }))
    const { output, warnings } = await ask(of, { ...retrieval, images } as TaskItem)
    const sum = [0.6 + 0 + 1, 0.8 + 1 + 0]
    const length = Math.hypot(...sum)
    expect([...(output as EmbeddingsOutput).image]).toEqual(sum.map((part) => expect.closeTo(part / length, 6) as number))
    expect(warnings?.map(({ code }) => code)).toEqual(['first_frame'])
    expect(looks).toBe(3)
  })

  test.each<[string, OutputKind, true | RegExp]>([
    ['retrieval', 'embeddings', true],
    ['caption', 'embeddings', true],
    ['nlvr2', 'embeddings', /one picture per item, and nlvr2 items have 2/],
    ['step_localization', 'embeddings', /step_localization items have frames/],
    ['vqa', 'text', /gives embeddings, not text; use an endpoint/],
    ['retrieval', 'score', /gives embeddings, not score/],
  ])('%s as %s: %s', async (task, output, expected) => {
    const supported = (await model()).supports(task, output)
    if (expected === true) expect(supported).toBe(true)
    else expect(supported).toMatch(expected)
  })

  test.each<[string, Failure]>([
    ['bad_image', { kind: 'bad_image', reason: 'truncated', detail: 'cut' }],
    ['too_large', { kind: 'too_large', what: 'image', limit: 1, unit: 'bytes' }],
    ['unsupported_media', { kind: 'unsupported_media', detail: 'gif', accepted: [] }],
    ['image_missing', { kind: 'not_found', resource: 'image', id: 'x' }],
    ['image_not_embedded', { kind: 'unprocessable', detail: 'not finite', errors: [] }],
  ])('%s is the sample’s: final', async (code, kind) => {
    const error = await failure(new Fault(kind))
    expect(error).toBeInstanceOf(SampleError)
    expect(error).toMatchObject({ code })
  })

  test('a text that the model gives no usable vector for is the sample’s', async () => {
    const refusing: DualEncoder = {
      ...encoder,
      embedText: () => Promise.reject(new Fault({ kind: 'unprocessable', detail: 'not finite', errors: [] })),
    }
    await expect(ask(refusing, retrieval)).rejects.toMatchObject({ code: 'text_not_embedded' })
  })

  test('an item without a picture is the sample’s', async () => {
    await expect(ask(encoder, vqa)).rejects.toMatchObject({ code: 'no_image' })
  })

  test.each([
    ['a trap of the runtime', new WebAssembly.RuntimeError('unreachable')],
    ['storage out of reach', new Fault({ kind: 'unavailable', detail: 'R2', retryAfterSeconds: 1 })],
    ['a model file that is not its manifest’s', new Error('sha256')],
  ])('%s is ours: thrown as it is', async (_, error) => {
    expect(await failure(error)).toBe(error)
  })

  test('an output that the plan should have refused is a fault, not a sample’s error', async () => {
    const error = await ask(encoder, retrieval, 'text').catch((thrown: unknown) => thrown)
    expect(error).not.toBeInstanceOf(SampleError)
    expect(error).toMatchObject({ message: expect.stringContaining('gives embeddings, not text') as string })
  })
})
