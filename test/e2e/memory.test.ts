/**
 * An isolate has 128 MB. Here the worst pictures that are allowed come in four requests at once, and everything that counts is added
 * up while they are served: V8's heap, what the platform holds for it, ArrayBuffers, and every WebAssembly memory.
 */
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type HeapProbe, probeHeap } from '../support/isolate-heap.ts'
import { samplePng } from '../support/png.ts'
import { worstImages, type WorstImage } from '../support/worst-images.ts'
import { type Assay, startAssay } from './harness.ts'

const LIMIT = 110e6
const CONCURRENT = 4
/** RGBA of 4 Mi pixels. */
const LARGEST_RASTER = 4 * 2048 * 2048
/** In base64 this is all of the 1.5 MiB that a JSON body may have. */
const DATA_URI_LIMIT = 1.179e6

interface Memory {
  readonly onnx_runtime_bytes: number
  readonly codecs: Readonly<Record<string, number>>
  readonly model_bytes: number
}

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

const memory = async (): Promise<Memory> => ((await (await assay.request('/healthz')).json()) as { memory: Memory }).memory

function scoreForm(image: Pick<WorstImage, 'bytes' | 'mediaType'>, signal: AbortSignal | null = null): Promise<Response> {
  const form = new FormData()
  form.set('image', new Blob([image.bytes], { type: image.mediaType }), 'image')
  form.set('text', 'a dog on grass')
  return assay.request('/v1/score', { method: 'POST', body: form, signal })
}

function scoreJson(image: Pick<WorstImage, 'bytes' | 'mediaType'>): Promise<Response> {
  const uri = `data:${image.mediaType};base64,${Buffer.from(image.bytes).toString('base64')}`
  return assay.request('/v1/score', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ image: uri, texts: ['a dog on grass'] }),
  })
}

/** The most that the heap held while `work` ran, as V8 counts it. */
async function peakHeap(work: Promise<unknown>): Promise<number> {
  const state = { running: true }
  const ended = work.finally(() => (state.running = false))
  let peak = 0
  while (state.running) {
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await probe.usage()
    peak = Math.max(peak, usedSize + embedderHeapUsedSize + backingStorageSize)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await ended
  return peak
}

test('V8 counts the model files, and not the runtime’s memory, which is shared', async () => {
  const before = await probe.usage()
  const response = await scoreForm({ bytes: new Uint8Array(samplePng(1)), mediaType: 'image/png' })
  expect(response.status, await response.clone().text()).toBe(200)
  const { onnx_runtime_bytes: runtime, model_bytes: models } = await memory()
  const between = await probe.usage()
  expect(runtime).toBeGreaterThan(16e6)
  expect(before.backingStorageSize).toBeGreaterThan(models)
  expect(between.backingStorageSize - before.backingStorageSize).toBeLessThan(0.5 * runtime)
})

/**
 * Serves the picture in four requests at once, and adds up. A raster lives inside one synchronous stretch, when V8 cannot be asked: its
 * whole size is added. Bodies are seen: pictures of 8 MB raise the peak by that much over one of 1 MB.
 */
async function costOfServing(image: WorstImage, score: (image: WorstImage) => Promise<Response>): Promise<number> {
  const answers = Promise.all(Array.from({ length: CONCURRENT }, () => score(image)))
  const heap = await peakHeap(answers)
  expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: CONCURRENT }, () => 200))
  const { onnx_runtime_bytes: runtime, codecs, model_bytes: models } = await memory()
  const decoders = Object.values(codecs).reduce((sum, bytes) => sum + bytes, 0)
  const sum = heap + decoders + runtime + LARGEST_RASTER
  process.stdout.write(
    `memory: ${image.name} (${image.bytes.length} bytes), ${score.name}: ${mb(sum)} MB = V8 ${mb(heap)} (with model files ${mb(models)}) + decoders ${mb(decoders)} + ` +
      `ONNX Runtime ${mb(runtime)} + raster ${mb(LARGEST_RASTER)}\n`,
  )
  return sum
}

// The last one meets decoders that have grown.
test.each([0, 1, 2, 3, 0])('worst picture %i by multipart', async (index) => {
  expect(await costOfServing(worst[index]!, scoreForm)).toBeLessThan(LIMIT)
})

test('the largest picture that a data: URI may carry', async () => {
  const image = worst.findLast(({ bytes }) => bytes.length < DATA_URI_LIMIT)!
  expect(await costOfServing(image, scoreJson)).toBeLessThan(LIMIT)
})

test('a larger data: URI is refused with the way round it', async () => {
  const response = await scoreJson(worst[0]!)
  expect(response.status).toBe(413)
  expect(await response.text()).toContain('multipart')
})

test('clients that go away, while they wait or while they are served, stop nobody', async () => {
  const leaving = Array.from({ length: 8 }, (_, n) =>
    scoreForm(worst[n % 3]!, AbortSignal.timeout(5 + 60 * n)).catch((error: Error) => error.name),
  )
  const staying = scoreForm(worst[1]!)
  expect(await Promise.all(leaving)).toContain('TimeoutError')
  expect((await staying).status).toBe(200)
  expect((await scoreForm(worst[2]!)).status).toBe(200)
})

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1)
