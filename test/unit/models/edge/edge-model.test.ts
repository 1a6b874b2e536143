/** Which failures are a sample's own, and which are ours. */
import { describe, expect, test } from 'vitest'
import { Fault, type Failure } from '../../../../src/contracts/failure.ts'
import { SampleError } from '../../../../src/contracts/model.ts'
import type { Need } from '../../../../src/contracts/predictor.ts'
import type { DualEncoder } from '../../../../src/models/edge/dual-encoder.ts'
import type { TaskItem } from '../../../../src/tasks/registry.ts'
import { createEdgeModel } from '../../../../src/models/edge/edge-model.ts'

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

const calls: string[] = []
const model = {
  manifest: { id: 'fake' },
  embedImage: async (bytes: Uint8Array) => {
    calls.push('image')
    return { vector: Float32Array.of(bytes.length) }
  },
  embedText: async (text: string) => {
    calls.push(text)
    return { vector: Float32Array.of(text.length), tokens: text.length, truncated: false, unknownTokens: 0 }
  },
} as unknown as DualEncoder

const failing = (error: unknown): DualEncoder => ({ ...model, embedImage: () => Promise.reject(error) })
const readImage = async (): Promise<Uint8Array> => new Uint8Array(3)
const needs = (...list: Need[]): ReadonlySet<Need> => new Set(list)

async function failure(error: unknown): Promise<unknown> {
  return createEdgeModel(failing(error), readImage)
    .observe(retrieval, needs('image_embedding'))
    .catch((thrown: unknown) => thrown)
}

describe('an edge predictor', () => {
  test('gives what is needed, and computes nothing else', async () => {
    const predictor = createEdgeModel(model, readImage)
    expect(predictor.provides).toEqual(['image_embedding', 'text_embeddings'])
    calls.length = 0
    expect(await predictor.observe(retrieval, needs('text_embeddings'))).toEqual({
      calls: 1,
      textEmbeddings: [
        { vector: Float32Array.of(3), tokens: 3, truncated: false, unknownTokens: 0 },
        { vector: Float32Array.of(5), tokens: 5, truncated: false, unknownTokens: 0 },
      ],
    })
    expect(calls).toEqual(['one', 'three'])
    expect(await predictor.observe(retrieval, needs('image_embedding'))).toEqual({ calls: 1, imageEmbedding: Float32Array.of(3) })
    expect(await predictor.observe(vqa, needs('text_embeddings'))).toMatchObject({ textEmbeddings: [{ tokens: 5 }] })
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
    const refusing = {
      ...model,
      embedText: () => Promise.reject(new Fault({ kind: 'unprocessable', detail: 'not finite', errors: [] })),
    }
    const observed = createEdgeModel(refusing, readImage).observe(retrieval, needs('text_embeddings'))
    await expect(observed).rejects.toMatchObject({ code: 'text_not_embedded' })
  })

  test('an item without a picture is the sample’s', async () => {
    await expect(createEdgeModel(model, readImage).observe(vqa, needs('image_embedding'))).rejects.toMatchObject({
      code: 'no_image',
    })
  })

  test.each([
    ['a trap of the runtime', new WebAssembly.RuntimeError('unreachable')],
    ['storage out of reach', new Fault({ kind: 'unavailable', detail: 'R2', retryAfterSeconds: 1 })],
    ['a model file that is not its manifest’s', new Error('sha256')],
  ])('%s is ours: thrown as it is', async (_, error) => {
    expect(await failure(error)).toBe(error)
  })

  test('asking it for an answer is a mistake of the plan', async () => {
    const error = await createEdgeModel(model, readImage)
      .observe(retrieval, needs('answer'))
      .catch((thrown: unknown) => thrown)
    expect(error).not.toBeInstanceOf(SampleError)
    expect(error).toMatchObject({ message: expect.stringContaining('does not answer') as string })
  })
})
