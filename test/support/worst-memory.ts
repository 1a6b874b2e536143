/**
 * What an isolate holds while it serves the worst pictures that the limits allow, several requests at once: V8's heap and what the platform
 * holds for it, image decoders, ONNX Runtime, and one raster.
 * @module
 */
import type { HeapProbe } from './isolate-heap.ts'
import type { WorstImage } from './worst-images.ts'

/** RGBA of the 4 Mi pixels that a picture may have: it lives inside one synchronous stretch, when V8 cannot be asked. */
export const LARGEST_RASTER = 4 * 2048 * 2048

/** Indices into `worstImages()`. The last one meets decoders that have grown. */
export const WORST_ORDER = [0, 1, 2, 3, 5, 0] as const

const CONCURRENT = 4

/** Of `GET /healthz`. */
export interface Memory {
  readonly onnx_runtime_bytes: number
  readonly codecs: Readonly<Record<string, number>>
  readonly model_bytes: number
}

/** Whatever answers for the Worker. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>

/** In bytes. */
export interface Cost {
  /** The most that V8 showed: model files and request bodies are in it. */
  readonly heap: number
  readonly models: number
  readonly decoders: number
  readonly runtime: number
  readonly sum: number
}

export async function memoryOf(ask: Ask): Promise<Memory> {
  return ((await (await ask('/healthz')).json()) as { memory: Memory }).memory
}

export function scoreForm(ask: Ask, image: Pick<WorstImage, 'bytes' | 'mediaType'>, signal: AbortSignal | null = null) {
  const form = new FormData()
  form.set('image', new Blob([image.bytes], { type: image.mediaType }), 'image')
  form.set('text', 'a dog on grass')
  return ask('/v1/score', { method: 'POST', body: form, signal })
}

/** The most that the heap held while `work` ran, as V8 counts it. */
async function peakHeap(probe: HeapProbe, work: Promise<unknown>): Promise<number> {
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

/**
 * Has one picture served in four requests at once, and adds up.
 * @param score one request
 * @throws {Error} when a request is not answered with `status`
 */
export async function costOfServing(ask: Ask, probe: HeapProbe, score: () => Promise<Response>, status = 200): Promise<Cost> {
  const answers = Promise.all(Array.from({ length: CONCURRENT }, score))
  const heap = await peakHeap(probe, answers)
  for (const answer of await answers)
    if (answer.status !== status) throw new Error(`answered ${answer.status}: ${await answer.text()}`)
  const { onnx_runtime_bytes: runtime, codecs, model_bytes: models } = await memoryOf(ask)
  const decoders = Object.values(codecs).reduce((sum, bytes) => sum + bytes, 0)
  return { heap, models, decoders, runtime, sum: heap + decoders + runtime + LARGEST_RASTER }
}
