/** The embeddings endpoint model, against the reference endpoint over HTTP and against made-up answers. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EmbeddingsIdentity, EmbeddingsOutput } from '../../../../src/contracts/model.ts'
import { createEgress, type Egress, type EgressRequest } from '../../../../src/egress/egress.ts'
import { createCaller } from '../../../../src/models/endpoint/call-endpoint.ts'
import { createEmbeddingsModel, type EmbeddingsModelParts } from '../../../../src/models/endpoint/embeddings/embeddings-model.ts'
import type { RetrievalItem } from '../../../../src/tasks/retrieval/item.ts'
import { type ReferenceEndpoint, startReferenceEndpoint } from '../../../../endpoint/server.ts'

const PIXELS = new TextEncoder().encode('not really a picture')
const identity: EmbeddingsIdentity = {
  type: 'endpoint',
  endpoint: 'clip',
  kind: 'embeddings',
  model: 'rules',
  picture_input: 'modality',
}

let server: ReferenceEndpoint
beforeAll(async () => {
  server = await startReferenceEndpoint()
})
afterAll(() => server.close())
beforeEach(() => server.clear())

const item = (...texts: string[]): RetrievalItem => ({
  task: 'retrieval',
  id: 'i',
  cluster: 'c',
  image: { sha256: 'a'.repeat(64), media_type: 'image/png', bytes: PIXELS.length, width: 1, height: 1 },
  captions: texts.map((text, index) => ({ id: String(index), text })),
})

function modelOver(egress: Pick<Egress, 'fetch'>, options: Partial<EmbeddingsModelParts> = {}) {
  const endpoint = { name: 'clip', baseUrl: `${server.url}/v1`, timeoutMs: 5000, maxAttempts: 2, concurrency: 2 }
  const call = createCaller({ endpoint, egress, secret: undefined, sleep: async () => {}, random: () => 0, now: () => 0 })
  return createEmbeddingsModel({ identity, endpoint, encoding: 'base64', call, readImage: async () => PIXELS, ...options })
}

const real = createEgress({
  fetch: () => Promise.reject(new Error('nothing here goes outside')),
  loopbackFetch: (url, init) => fetch(url, init),
  ownHosts: [],
})

/** An endpoint with the same answer to every request, or one per request. */
const answering = (...bodies: unknown[]): Pick<Egress, 'fetch'> & { sent: Record<string, unknown>[] } => {
  const sent: Record<string, unknown>[] = []
  return {
    sent,
    async fetch(_url, request: EgressRequest) {
      sent.push(JSON.parse(new TextDecoder().decode(request.body as Uint8Array)) as Record<string, unknown>)
      const body = bodies[Math.min(sent.length, bodies.length) - 1]
      return { status: 200, headers: new Headers(), bytes: new TextEncoder().encode(JSON.stringify(body)) }
    },
  }
}

async function vectorsOf(model: ReturnType<typeof modelOver>, ...texts: string[]) {
  const { output, ...rest } = await model.run({ item: item(...texts), output: 'embeddings' })
  if (output.kind !== 'embeddings') throw new Error(`a ${output.kind} instead of embeddings`)
  return { image: [...output.image], texts: output.texts.map(({ vector }) => [...vector]), ...rest }
}

test('every shape and encoding gives the same vectors, to the bit', async () => {
  const first = await vectorsOf(modelOver(real), 'a cat', 'a dog')
  expect(first).toMatchObject({ calls: 2, usage: { prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 } })
  expect([first.image.length, first.texts.length, first.texts[1]!.length]).toEqual([8, 2, 8])
  for (const picture_input of ['modality', 'messages'] as const)
    for (const encoding of ['base64', 'float'] as const) {
      const other = modelOver(real, { identity: { ...identity, picture_input }, encoding })
      expect(await vectorsOf(other, 'a cat', 'a dog')).toEqual(first)
    }
})

test('the frames of a clip are sent one by one, and their mean is its vector', async () => {
  const sent = answering(
    ...[
      [3, 4],
      [0, 2],
      [5, 5],
    ].map((embedding) => ({ data: [{ index: 0, embedding }] })),
  )
  const picture = item('a').image
  const images = [picture, { ...picture, sha256: 'b'.repeat(64) }]
  const { output, calls, evidence } = await modelOver(sent).run({ item: { ...item('a'), images }, output: 'embeddings' })
  const sum = [0.6, 1.8]
  const { image, texts } = output as EmbeddingsOutput
  expect([...image]).toEqual(sum.map((part) => expect.closeTo(part / Math.hypot(...sum), 6) as number))
  expect([...texts[0]!.vector]).toEqual([5, 5])
  expect(calls).toBe(3)
  expect(evidence?.['pictures_sent']).toHaveLength(2)
})

test('the requests are those of infinity and of vLLM', async () => {
  const one = { data: [{ index: 0, embedding: [1, 0] }] }
  const infinity = answering(one)
  await vectorsOf(modelOver(infinity), 'a "cat"')
  const uri = `data:image/png;base64,${Buffer.from(PIXELS).toString('base64')}`
  expect(infinity.sent).toEqual([
    { input: [uri], modality: 'image', model: 'rules', encoding_format: 'base64' },
    { input: ['a "cat"'], model: 'rules', encoding_format: 'base64' },
  ])
  const vllm = answering(one)
  await vectorsOf(modelOver(vllm, { identity: { ...identity, picture_input: 'messages' }, encoding: 'float' }), 'a')
  expect(vllm.sent[0]).toEqual({
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: uri } }] }],
    model: 'rules',
    encoding_format: 'float',
  })
})

test('the same list of texts is paid for once per shard, and a failed one is sent again', async () => {
  const model = modelOver(real)
  const items = await Promise.all([1, 2, 3].map(() => vectorsOf(model, 'cat', 'dog', 'bee')))
  expect(items.map(({ calls }) => calls)).toEqual([2, 1, 1])
  expect(server.stats().requests).toEqual({ '/v1/embeddings': 4 })
  server.turn({ faults: { server_error: 1 } })
  await expect(vectorsOf(model, 'owl')).rejects.toMatchObject({ code: 'endpoint_status_500' })
  server.turn({ faults: {} })
  expect(await vectorsOf(model, 'owl')).toMatchObject({ calls: 2 })
})

test('many texts are sent in several requests, in order', async () => {
  const texts = Array.from({ length: 130 }, (_, index) => `text ${index}`)
  const all = await vectorsOf(modelOver(real), ...texts)
  expect(all.calls).toBe(4)
  expect(all.texts[129]).toEqual((await vectorsOf(modelOver(real), 'text 129')).texts[0])
})

test('vectors arrive in the order of their index', async () => {
  const egress = answering(
    { data: [{ index: 0, embedding: [1, 0] }] },
    {
      data: [
        { index: 1, embedding: [0, 1] },
        { index: 0, embedding: [1, 1] },
      ],
    },
  )
  expect((await vectorsOf(modelOver(egress), 'a', 'b')).texts).toEqual([
    [1, 1],
    [0, 1],
  ])
})

describe('an answer is refused, and its item errored, where it', () => {
  const one = (embedding: unknown) => ({ data: [{ index: 0, embedding }] })
  test.each<[string, unknown]>([
    ['is not a list', { data: 'x' }],
    ['has too few vectors', { data: [] }],
    ['has two vectors of one index', { data: [0, 0].map((index) => ({ index, embedding: [1] })) }],
    ['has an empty vector', one([])],
    ['has only zeros', one([0, 0])],
    ['has a number beyond 32 bits', one([1e300])],
    ['has base64 of another length', one('AAAA')],
    ['is base64 of NaN', one(Buffer.from([0, 0, 0xc0, 0x7f]).toString('base64'))],
    ['is a null', null],
  ])('%s', async (_, body) => {
    await expect(vectorsOf(modelOver(answering(body)), 'a')).rejects.toMatchObject({ code: 'endpoint_bad_response' })
  })

  test('has texts of another length than the picture', async () => {
    const egress = answering(one([1, 0]), one([1, 0, 0]))
    await expect(vectorsOf(modelOver(egress), 'a')).rejects.toMatchObject({ code: 'endpoint_bad_response' })
  })
})

test('texts and several pictures are refused with a sentence', () => {
  const { supports } = modelOver(real)
  expect(supports('retrieval', 'embeddings')).toBe(true)
  expect(supports('vqa', 'text')).toMatch(/gives embeddings, not text/)
  expect(supports('nlvr2', 'embeddings')).toMatch(/nlvr2 items have 2/)
})
