/**
 * One instance of an Emscripten image decoder from jSquash (mozjpeg, libwebp).
 *
 * The packages' own `init()` keeps a module-level singleton and leaves an `ImageData` on the global object.
 * Their module factories do neither, so an instance made here can be discarded, measured and observed.
 * @module
 */
import type { Raster } from './raster.ts'

interface EmscriptenModule {
  /**
   * The second parameter is mozjpeg's `preserveOrientation`. embind requires the exact number of arguments.
   */
  decode(bytes: Uint8Array, ...options: readonly boolean[]): Raster | null
}

/** The default export of `@jsquash/<format>/codec/dec/<name>.js`. */
export type EmscriptenFactory = (overrides: {
  readonly noInitialRun: true
  readonly print: (line: string) => void
  readonly printErr: (line: string) => void
  readonly instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => WebAssembly.Exports
}) => Promise<EmscriptenModule>

export interface DecodeOutcome {
  /** Null where the library failed. */
  readonly raster: Raster | null
  /** Lines that the library printed: its warnings, and the reason for a failure. */
  readonly printed: readonly string[]
  /** Exception that left WebAssembly when the library exited or trapped. */
  readonly cause: unknown
}

export interface EmscriptenDecoder {
  /**
   * Decodes synchronously. After an outcome without pixels the instance must not be used again.
   * @throws the error of `beforeGrowth`, or the engine's, if a refused growth of memory prevented the decode
   */
  decode(bytes: Uint8Array): DecodeOutcome
  /** Current size of the linear memory, in bytes. It never shrinks. */
  memoryBytes(): number
}

const PAGE_BYTES = 65536

/**
 * @param options arguments of the library's `decode` after the bytes
 * @param beforeGrowth called with the requested memory size, in bytes. Throwing refuses it; the glue then
 *   tries smaller sizes before it fails.
 */
export async function instantiateDecoder(
  factory: EmscriptenFactory,
  wasm: WebAssembly.Module,
  options: readonly boolean[],
  beforeGrowth: (bytes: number) => void,
): Promise<EmscriptenDecoder> {
  const printed: string[] = []
  const print = (line: string): void => void printed.push(line)
  let memory: WebAssembly.Memory
  let refusal: unknown

  function instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): WebAssembly.Exports {
    const instance = new WebAssembly.Instance(wasm, imports)
    memory = memoryOf(instance)
    const grow = memory.grow.bind(memory)
    // The glue grows the memory through this object and swallows exceptions.
    memory.grow = (pages) => {
      try {
        beforeGrowth(memory.buffer.byteLength + pages * PAGE_BYTES)
        return grow(pages)
      } catch (cause) {
        refusal = cause
        throw cause
      }
    }
    done(instance)
    return instance.exports
  }

  const module = await withPlainImageData(() => factory({ noInitialRun: true, print, printErr: print, instantiateWasm }))
  return {
    decode(bytes) {
      printed.length = 0
      refusal = undefined
      let raster: Raster | null = null
      let cause: unknown
      try {
        raster = withPlainImageData(() => module.decode(bytes, ...options))
      } catch (thrown) {
        cause = thrown
      }
      if (raster === null && refusal !== undefined) throw refusal
      return { raster, printed: [...printed], cause }
    },
    memoryBytes: () => memory.buffer.byteLength,
  }
}

/** The only memory among the exports. Their names are minified. */
function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
  const memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory)
  if (memory === undefined) throw new TypeError('this WebAssembly module exports no memory, so it is not the decoder expected')
  return memory
}

/** Stand-in for `ImageData`, which the C++ side looks up on the global object at its first decode. */
class PlainImageData implements Raster {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data
    this.width = width
    this.height = height
  }
}

/** Puts an `ImageData` on the global object for one synchronous call, then restores the previous state. */
function withPlainImageData<T>(task: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'ImageData')
  Object.defineProperty(globalThis, 'ImageData', { value: PlainImageData, configurable: true, writable: true })
  try {
    return task()
  } finally {
    if (before) Object.defineProperty(globalThis, 'ImageData', before)
    else Reflect.deleteProperty(globalThis, 'ImageData')
  }
}
