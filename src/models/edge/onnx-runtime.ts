/**
 * ONNX Runtime with precompiled WebAssembly, as Workers require, and the same way in Node.
 *
 * The runtime's glue compiles bytes. It gets a sentinel instead, and while the first session is created
 * `WebAssembly.instantiate` answers with an instance of the given module. The instance is made synchronously,
 * so creation and inference take only microtasks. No other request runs in between, none can be cancelled
 * half-way and leave others waiting, and no lock is needed. Tested in `test/onnx/onnx-runtime.test.ts`.
 * @module
 */
import * as ort from 'onnxruntime-web/wasm'
import { Fault } from '../../contracts/failure.ts'
import { growSparingly } from '../../contracts/grow-sparingly.ts'

export type TensorData = Float32Array | BigInt64Array

/** One loaded model file. */
export interface Session {
  /**
   * Runs one input to one output. The output is a copy, outside WebAssembly memory.
   * @param others further inputs, of the same shape
   * @throws {Error} if the names are not the model's, the shape does not fit, or the runtime traps
   * @throws {Fault} `unavailable` after a trap
   */
  run(
    input: string,
    data: TensorData,
    shape: readonly number[],
    output: string,
    others?: Readonly<Record<string, TensorData>>,
  ): Promise<SessionOutput>
  /**
   * Runs inputs of any shapes to all outputs, by name. Otherwise as {@link run}.
   * @throws {Error} also for an output that is not float32
   */
  runAll(inputs: Readonly<Record<string, SessionInput>>): Promise<ReadonlyMap<string, SessionOutput>>
  /** Frees the session's WebAssembly memory for reuse. The linear memory does not shrink. */
  release(): Promise<void>
}

export interface SessionInput {
  readonly data: TensorData
  readonly shape: readonly number[]
}

export interface SessionOutput {
  readonly data: Float32Array
  readonly shape: readonly number[]
}

export interface SessionOptions {
  /** Repacks weights at creation: faster runs, but a second copy of the weights in memory. */
  readonly prepack: boolean
  /** Weights beside the model, by the names in the graph. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[]
}

/** The runtime refused one input (wrong length, index or shape) and remains usable. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused'
}

/**
 * After a trap (`unreachable`, out of memory) the state of the runtime is undefined, and it cannot be made
 * anew. Its results cannot be trusted, so every later call is refused.
 */
export interface OnnxRuntime {
  /**
   * A refused model leaves the runtime usable.
   * @throws {Fault} `unavailable` after a trap; another isolate may answer
   */
  createSession(model: Uint8Array, options: SessionOptions): Promise<Session>
  /** Size of the runtime's linear memory, in bytes. It never shrinks. 0 before the first session. */
  memoryBytes(): number
}

/** Selects the glue in the package's bundle; never compiled. */
const SENTINEL = new Uint8Array(1)

/**
 * @param wasm `onnxruntime-web/ort-wasm-simd-threaded.wasm`, compiled. The library is a global: call this
 *   once per isolate.
 */
export function createOnnxRuntime(wasm: WebAssembly.Module): OnnxRuntime {
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmBinary = SENTINEL
  ort.env.logLevel = 'error'
  let memory: WebAssembly.Memory | undefined

  let trap: unknown

  /** Runs one call into the runtime, unless an earlier one trapped. */
  async function guarded<T>(call: () => Promise<T>): Promise<T> {
    if (trap !== undefined) {
      const detail = 'inference trapped in this isolate and cannot go on in it'
      throw new Fault({ kind: 'unavailable', detail, retryAfterSeconds: 1 }, { cause: trap })
    }
    try {
      return await call()
    } catch (error) {
      // Uncaught C++ exceptions leave WebAssembly as numbers.
      if (error instanceof WebAssembly.RuntimeError || typeof error === 'number') trap = error
      throw error
    }
  }

  async function create(model: Uint8Array, { prepack, externalData = [] }: SessionOptions): Promise<ort.InferenceSession> {
    return ort.InferenceSession.create(model, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // The arena grows by doubling: a model of 33 MB took 76 MB with it and 33 without, in the same time.
      enableCpuMemArena: false,
      enableMemPattern: false,
      externalData: [...externalData],
      extra: { session: { disable_prepacking: prepack ? '0' : '1' } },
    })
  }

  async function runGraph(session: ort.InferenceSession, feeds: Record<string, ort.Tensor>) {
    return guarded(() => session.run(feeds)).catch((error: unknown) => {
      throw trap === undefined && !(error instanceof Fault) ? refused(error) : error
    })
  }

  function instantiate(imports: WebAssembly.Imports): Instantiated {
    const imported = importedMemory(imports)
    growSparingly(imports, () => imported)
    const instance = new WebAssembly.Instance(wasm, imports)
    memory = imported
    return { instance, module: wasm }
  }

  return {
    async createSession(model, options) {
      const session = await guarded(() =>
        memory ? create(model, options) : withInstantiate(instantiate, () => create(model, options)),
      )
      return {
        async run(input, data, shape, output, others = {}) {
          const feeds: Record<string, ort.Tensor> = { [input]: tensorOf(data, shape) }
          for (const [name, values] of Object.entries(others)) feeds[name] = tensorOf(values, shape)
          const results = await runGraph(session, feeds)
          const tensor = results[output]
          if (!tensor) throw new Error(`the model has no output ${output}, it has ${session.outputNames.join(', ')}`)
          return outputOf(output, tensor)
        },
        async runAll(inputs) {
          const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { data, shape }]) => [name, tensorOf(data, shape)]))
          const results = await runGraph(session, feeds)
          return new Map(Object.entries(results).map(([name, tensor]) => [name, outputOf(name, tensor)]))
        },
        release: () => guarded(() => session.release()),
      }
    },
    memoryBytes: () => memory?.buffer.byteLength ?? 0,
  }
}

function outputOf(name: string, tensor: ort.Tensor): SessionOutput {
  if (!(tensor.data instanceof Float32Array)) throw new Error(`output ${name} is ${tensor.type}, not float32`)
  return { data: tensor.data, shape: tensor.dims }
}

/** ONNX Runtime's message without its source paths, at most 300 characters. */
function refused(error: unknown): InputRefused {
  const words = error instanceof Error ? error.message : String(error)
  const plain = words.replaceAll(/\S*\/[\w./-]+:\d+ /g, '').replaceAll(/\s+/g, ' ')
  return new InputRefused(plain.slice(0, 300).toWellFormed(), { cause: error })
}

function tensorOf(data: TensorData, shape: readonly number[]): ort.Tensor {
  return new ort.Tensor(data instanceof Float32Array ? 'float32' : 'int64', data, shape)
}

type Instantiated = { readonly instance: WebAssembly.Instance; readonly module: WebAssembly.Module }

/** Runs `action` while `WebAssembly.instantiate(bytes, imports)` answers with `instantiate(imports)`. */
async function withInstantiate<T>(
  instantiate: (imports: WebAssembly.Imports) => Instantiated,
  action: () => Promise<T>,
): Promise<T> {
  const namespace = WebAssembly as { instantiate: unknown }
  const native = namespace.instantiate
  namespace.instantiate = async (_: unknown, imports: WebAssembly.Imports) => instantiate(imports)
  try {
    return await action()
  } finally {
    namespace.instantiate = native
  }
}

/** The glue creates the memory and imports it under a minified name. */
function importedMemory(imports: WebAssembly.Imports): WebAssembly.Memory {
  for (const group of Object.values(imports)) {
    for (const value of Object.values(group)) if (value instanceof WebAssembly.Memory) return value
  }
  throw new Error('ONNX Runtime imported no memory: its build changed')
}
