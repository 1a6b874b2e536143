/**
 * An isolate has 128 MB. Here the worst pictures that are allowed come in four requests at once, and
 * everything that counts is added up while they are served: V8's heap, what the platform holds for it,
 * ArrayBuffers, and every WebAssembly memory.
 */
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../scripts/ports.ts'
import { LOADED_MODEL_BYTES } from '../../src/contracts/memory-budget.ts'
import { type HeapProbe, probeHeap } from '../support/isolate-heap.ts'
import { samplePng } from '../support/png.ts'
import { emptyChunksPng, worstImages, type WorstImage } from '../support/worst-images.ts'
import { type Ask, costOfServing, memoryOf, scoreForm, WORST_ORDER } from '../support/worst-memory.ts'
import { type Assay, startAssay } from './harness.ts'

/** Bodies and pictures included, whichever models are asked in turns. */
const LIMIT = 110e6

/** In the order of the requests of one picture. */
const BOTH = ['assay-photo', 'assay-clip'] as const

const QUESTION = { question: 'How many objects are there?' }

/** Models that answer, with form fields that each takes. */
const ANSWERING = [
  ['assay-visualbert', QUESTION],
  ['assay-vilbert', QUESTION],
  ['assay-lxmert', QUESTION],
  ['assay-caption', { caption: 'true' }],
] as const

/** Index into `worstImages()`, for a model that answers beside assay-clip. */
const WORST_TO_ASK = 6

/** Indices into `worstImages()` of the largest sums for both models (docs/measurements/edge-memory.md). */
const WORST_FOR_BOTH = [0, 1, 2, 5, 6] as const

/** A picture of this size in base64 is all of the 1 MiB that a JSON body may have. */
const DATA_URI_LIMIT = 0.786e6

let assay: Assay
let probe: HeapProbe
let worst: WorstImage[]

beforeAll(async () => {
  worst = await worstImages()
  const inspectorPort = await freePort()
  assay = await startAssay({ inspectorPort })
  probe = await probeHeap(inspectorPort, 'assay')
})

afterAll(async () => {
  probe?.close()
  await assay?.stop()
})

const ask: Ask = (path, init) => assay.request(path, init)

function scoreJson(image: Pick<WorstImage, 'bytes' | 'mediaType'>): Promise<Response> {
  const uri = `data:${image.mediaType};base64,${Buffer.from(image.bytes).toString('base64')}`
  return assay.request('/v1/score', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'assay-clip', image: uri, texts: ['a dog on grass'] }),
  })
}

test('V8 does not count the runtime’s memory, which is shared, and keeps no model file', async () => {
  const before = await probe.usage()
  const response = await scoreForm(ask, { bytes: new Uint8Array(samplePng(1)), mediaType: 'image/png' })
  expect(response.status, await response.clone().text()).toBe(200)
  const { onnx_runtime_bytes: runtime } = await memoryOf(ask)
  expect(runtime).toBeGreaterThan(16e6)
  await expect.poll(async () => (await probe.usage()).backingStorageSize - before.backingStorageSize).toBeLessThan(2e6)
})

interface CostOptions {
  readonly status?: number
  /** Whether V8 collects before each measurement, so that only garbage of these requests counts. */
  readonly collect?: boolean
}

/** Measurements per picture at most: one peak may hold what V8 has not collected yet. */
const ATTEMPTS = 5

/**
 * The smallest of up to {@link ATTEMPTS} peaks, in bytes. Memory that is really held shows in each of them.
 * A picture of 8 MB raises every peak by that much over one of 1 MB.
 */
async function costOf(
  image: WorstImage,
  way: string,
  score: (number: number) => Promise<Response>,
  { status = 200, collect = false }: CostOptions = {},
): Promise<number> {
  let least = Infinity
  for (let attempt = 0; attempt < ATTEMPTS && least >= LIMIT; attempt++) {
    if (collect) await probe.collect()
    const { heap, decoders, runtime, sum } = await costOfServing(ask, probe, score, status)
    process.stdout.write(
      `memory: ${image.name} (${image.bytes.length} bytes), ${way}: ${mb(sum)} MB = V8 ${mb(heap)} + decoders ${mb(decoders)} + ` +
        `ONNX Runtime ${mb(runtime)}\n`,
    )
    least = Math.min(least, sum)
  }
  return least
}

test.each(WORST_ORDER)('worst picture %i by multipart', async (index) => {
  const image = worst[index]!
  expect(await costOf(image, 'form', () => scoreForm(ask, image))).toBeLessThan(LIMIT)
})

test('a picture of 600,000 empty chunks is refused and costs its body', async () => {
  const image = emptyChunksPng()
  expect(await costOf(image, 'form', () => scoreForm(ask, image), { status: 422 })).toBeLessThan(LIMIT)
})

test('the largest picture that a data: URI may carry', async () => {
  const image = worst.findLast(({ bytes }) => bytes.length < DATA_URI_LIMIT && bytes.length > DATA_URI_LIMIT / 2)!
  expect(await costOf(image, 'data: URI', () => scoreJson(image))).toBeLessThan(LIMIT)
})

test('a larger data: URI is refused with the limit and both other ways', async () => {
  const response = await scoreJson(worst[0]!)
  expect(response.status).toBe(413)
  const { detail, limit, unit } = (await response.json()) as { detail: string; limit: number; unit: string }
  expect([limit, unit]).toEqual([2 ** 20, 'bytes'])
  expect(detail).toMatch(/a JSON body is too large.*multipart\/form-data.*POST \/v1\/images.*"id"/)
})

test('clients that disconnect, waiting or served, stop no other', async () => {
  const leaving = Array.from({ length: 8 }, (_, n) =>
    scoreForm(ask, worst[n % 3]!, { signal: AbortSignal.timeout(5 + 60 * n) }).catch((error: Error) => error.name),
  )
  const staying = scoreForm(ask, worst[1]!)
  expect(await Promise.all(leaving)).toContain('TimeoutError')
  expect((await staying).status).toBe(200)
  expect((await scoreForm(ask, worst[2]!)).status).toBe(200)
})

let distinct = 0

/** The same picture with other bytes behind its end, so that no vector of it is remembered. */
function another({ bytes, mediaType }: WorstImage): Pick<WorstImage, 'bytes' | 'mediaType'> {
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  longer[bytes.length] = distinct++
  return { bytes: longer, mediaType }
}

test.each(WORST_FOR_BOTH)('worst picture %i for both models in turns', async (index) => {
  const image = worst[index]!
  const score = (number: number) => scoreForm(ask, another(image), { model: BOTH[number % 2]! })
  expect(await costOf(image, 'both models', score, { collect: true })).toBeLessThan(LIMIT)
  // Neither was dropped for the other: a model that is loaded at each step leaves its files to collect.
  expect((await memoryOf(ask)).loaded_model_bytes).toBeGreaterThan(33e6)
})

test('switching between the models costs no memory', async () => {
  const image = { bytes: new Uint8Array(samplePng(1)), mediaType: 'image/png' }
  for (const model of BOTH) expect((await scoreForm(ask, image, { model })).status).toBe(200)
  const before = (await memoryOf(ask)).onnx_runtime_bytes
  for (let turn = 0; turn < 8; turn++) expect((await scoreForm(ask, image, { model: BOTH[turn % 2]! })).status).toBe(200)
  // Gaps of another shape may take one growth more, which is a twentieth.
  expect((await memoryOf(ask)).onnx_runtime_bytes).toBeLessThanOrEqual(1.06 * before)
})

// The largest that answers, and the one with another kind of graph; the others lie between.
test.each(ANSWERING.slice(-2))('%s beside assay-clip, in turns', async (model, asks) => {
  const image = worst[WORST_TO_ASK]!
  const score = (number: number) => scoreForm(ask, another(image), number % 2 === 0 ? {} : { model, asks })
  expect(await costOf(image, `assay-clip and ${model}`, score, { collect: true })).toBeLessThan(LIMIT)
})

test('one isolate serves all shipped models in turns', async () => {
  const image = { bytes: new Uint8Array(samplePng(1)), mediaType: 'image/png' }
  const turns = [...BOTH.map((model) => [model, { text: 'a dog' }] as const), ...ANSWERING]
  const serveAll = async (): Promise<void> => {
    for (const [model, asks] of turns) {
      const answer = await scoreForm(ask, image, { model, asks })
      expect(answer.status, `${model}: ${await answer.clone().text()}`).toBe(200)
    }
  }
  // Not all stay loaded at once. Their gaps settle after three rounds, at 55.5 MB, and then nothing grows.
  for (let round = 0; round < 4; round++) await serveAll()
  const before = await memoryOf(ask)
  await serveAll()
  const after = await memoryOf(ask)
  expect(after.onnx_runtime_bytes).toBeLessThanOrEqual(1.06 * before.onnx_runtime_bytes)
  expect(after.loaded_model_bytes).toBeLessThanOrEqual(LOADED_MODEL_BYTES)
})

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
