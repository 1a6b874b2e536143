/**
 * Loads and runs a tower as a Worker would, in a separate thread. WebAssembly memory never shrinks, so each
 * tower is measured in a fresh one.
 * @module
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { TextTowerSpec } from '../../contracts/model-manifest.ts'
import { InputRefused, type Session } from '../../models/edge/onnx-runtime.ts'
import { loadSession } from '../../models/edge/stored-model.ts'
import { nodeRuntime } from './node-runtime.ts'
import { openLocal } from './source.ts'

/** Memory of an ONNX Runtime without a model: the initial memory of its build. */
const EMPTY_BYTES = 16 * 2 ** 20

export interface TrialRequest {
  readonly trial: true
  /** Folder of the spec's files. */
  readonly folder: string
  readonly spec: TextTowerSpec
  /** Run one after the other. */
  readonly inputs: readonly TrialInput[]
}

export type TrialInput =
  | { readonly kind: 'picture'; readonly side: number }
  | { readonly kind: 'ids'; readonly ids: readonly number[]; readonly tokens: number }

export interface TrialOutput {
  readonly shape: readonly number[]
  readonly vector: Float32Array
}

/** The runtime's message for an input that it could not run. */
export interface TrialFailure {
  readonly failed: string
}

export interface TrialResult {
  /** Growth of the runtime's memory. */
  readonly residentBytes: number
  /** One per input. */
  readonly outputs: readonly (TrialOutput | TrialFailure)[]
}

/** @throws {Error} with the runtime's message if the tower cannot be loaded */
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

async function run({ folder, spec, inputs }: TrialRequest): Promise<TrialResult> {
  const runtime = await nodeRuntime()
  const session = await loadSession(runtime, spec, ({ file }) => openLocal(join(folder, file)))
  const outputs: (TrialOutput | TrialFailure)[] = []
  for (const input of inputs) {
    outputs.push(
      await runOne(session, spec, input).catch((error: unknown) => {
        if (error instanceof InputRefused) return { failed: error.message }
        throw error
      }),
    )
  }
  return { residentBytes: Math.max(0, runtime.memoryBytes() - EMPTY_BYTES), outputs }
}

async function runOne(session: Session, spec: TextTowerSpec, input: TrialInput): Promise<TrialOutput> {
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
  return { shape: output.shape, vector: output.data }
}

/** Neither flat nor random. */
const grey = (length: number): Float32Array => Float32Array.from({ length }, (_, place) => Math.sin(place / 50))

if (!isMainThread && (workerData as Partial<TrialRequest> | null)?.trial === true) {
  const answer = await run(workerData as TrialRequest).catch((error: unknown) => ({
    failed: error instanceof Error ? error.message : String(error),
  }))
  parentPort!.postMessage(answer, [])
}
