/**
 * Memory of an isolate that serves the worst allowed pictures, several requests at once: V8's heap and the
 * platform's memory for it, image decoders with the rasters that lie in their memory, and ONNX Runtime.
 * @module
 */
import type { HeapProbe } from './isolate-heap.ts'
import type { WorstImage } from './worst-images.ts'

/** Indices into `worstImages()`. The last one is decoded after the decoders have grown. */
export const WORST_ORDER = [0, 1, 2, 3, 5, 6, 7, 8, 9, 0] as const

const CONCURRENT = 4

/** Part of `GET /healthz`. */
export interface Memory {
  readonly onnx_runtime_bytes: number
  readonly codecs: Readonly<Record<string, number>>
  readonly loaded_model_bytes: number
}

/** Any server for the Worker. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>

/** In bytes. */
export interface Cost {
  /** V8's maximum, including request bodies and model files while they are loaded. */
  readonly heap: number
  readonly decoders: number
  readonly runtime: number
  readonly sum: number
}

export async function memoryOf(ask: Ask): Promise<Memory> {
  return ((await (await ask('/healthz')).json()) as { memory: Memory }).memory
}

interface ScoreOptions {
  readonly signal?: AbortSignal | null
  readonly model?: string
  /** Form fields beside the picture. */
  readonly asks?: Readonly<Record<string, string>>
}

export function scoreForm(
  ask: Ask,
  image: Pick<WorstImage, 'bytes' | 'mediaType'>,
  { signal = null, model = 'assay-clip', asks = { text: 'a dog on grass' } }: ScoreOptions = {},
) {
  const form = new FormData()
  form.set('model', model)
  form.set('image', new Blob([image.bytes], { type: image.mediaType }), 'image')
  for (const [name, value] of Object.entries(asks)) form.set(name, value)
  return ask('/v1/score', { method: 'POST', body: form, signal })
}

/** V8's largest heap while `work` ran. */
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

/** Times that a request is sent at most. */
const SENDINGS = 5

/**
 * Sends again what the server asks for again. On a busy machine a body may come so slowly that it gives way
 * to others, which closes its connection.
 */
async function patiently(score: () => Promise<Response>): Promise<Response> {
  for (let sending = 1; ; sending++) {
    const answer = await score().catch((error: unknown) => {
      if (sending === SENDINGS) throw error
      return null
    })
    if (answer !== null && (answer.status !== 503 || sending === SENDINGS)) return answer
    await answer?.body?.cancel()
    await new Promise((resolve) => setTimeout(resolve, 100 * sending))
  }
}

/**
 * Serves one picture in four requests at once and adds up the memory.
 * @param score one request, by its number
 * @throws {Error} if a request is not answered with `status`
 */
export async function costOfServing(
  ask: Ask,
  probe: HeapProbe,
  score: (number: number) => Promise<Response>,
  status = 200,
): Promise<Cost> {
  const answers = Promise.all(Array.from({ length: CONCURRENT }, (_, number) => patiently(() => score(number))))
  const heap = await peakHeap(probe, answers)
  for (const answer of await answers)
    if (answer.status !== status) throw new Error(`answered ${answer.status}: ${await answer.text()}`)
  const { onnx_runtime_bytes: runtime, codecs } = await memoryOf(ask)
  const decoders = Object.values(codecs).reduce((sum, bytes) => sum + bytes, 0)
  return { heap, decoders, runtime, sum: heap + decoders + runtime }
}
