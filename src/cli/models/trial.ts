/**
 * A tower loaded and run once as a Worker will, in a thread of its own: WebAssembly memory never shrinks, so each tower is measured in a
 * fresh one.
 * @module
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { TextTowerSpec } from '../../contracts/model-manifest.ts'
import { loadSession } from '../../inference/edge/stored-model.ts'
import { nodeRuntime } from './node-runtime.ts'
import { openLocal } from './source.ts'

/** What an ONNX Runtime without a model holds: the initial memory of its build. */
const EMPTY_BYTES = 16 * 2 ** 20

export interface TrialRequest {
  readonly trial: true
  /** Where the spec's files lie. */
  readonly folder: string
  readonly spec: TextTowerSpec
  readonly input:
    | { readonly kind: 'picture'; readonly side: number }
    | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly tokens: number }
}

export interface TrialResult {
  /** What the runtime's memory grew by. */
  readonly residentBytes: number
  readonly shape: readonly number[]
  readonly vector: Float32Array
}

/** @throws {Error} with the runtime's words when the tower cannot be loaded or run */
export async function tryTower(request: Omit<TrialRequest, 'trial'>): Promise<TrialResult> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { trial: true, ...request } satisfies TrialRequest })
  try {
    const [message] = (await once(worker, 'message')) as [TrialResult | { failed: string }]
    if ('failed' in message) throw new Error(message.failed)
    return message
  } finally {
    await worker.terminate()
  }
}

async function run({ folder, spec, input }: TrialRequest): Promise<TrialResult> {
  const runtime = await nodeRuntime()
  const session = await loadSession(runtime, spec, ({ file }) => openLocal(join(folder, file)))
  const output =
    input.kind === 'picture'
      ? await session.run(spec.input, grey(3 * input.side ** 2), [1, 3, input.side, input.side], spec.output)
      : await session.run(
          spec.input,
          BigInt64Array.from(input.ids, BigInt),
          [1, input.ids.length],
          spec.output,
          spec.attention_mask === undefined
            ? {}
            : { [spec.attention_mask]: BigInt64Array.from(input.ids, (_, place) => (place < input.tokens ? 1n : 0n)) },
        )
  return { residentBytes: Math.max(0, runtime.memoryBytes() - EMPTY_BYTES), shape: output.shape, vector: output.data }
}

/** Neither flat nor random. */
const grey = (length: number): Float32Array => Float32Array.from({ length }, (_, place) => Math.sin(place / 50))

if (!isMainThread && (workerData as Partial<TrialRequest> | null)?.trial === true) {
  const answer = await run(workerData as TrialRequest).catch((error: unknown) => ({
    failed: error instanceof Error ? error.message : String(error),
  }))
  parentPort!.postMessage(answer, [])
}
