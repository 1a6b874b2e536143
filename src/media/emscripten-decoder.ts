/**
 * One instance of an Emscripten image decoder from jSquash (mozjpeg, libwebp).
 *
 * The packages' own `init()` keeps a module-level singleton and leaves an `ImageData` on the global object.
 * Their module factories do neither, so an instance made here can be discarded, measured and observed.
 * @module
 */
import { growSparingly } from '../contracts/grow-sparingly.ts'
import type { Raster } from './raster.ts'

interface EmscriptenModule {
  /**
   * The second parameter is mozjpeg's `preserveOrientation`. embind requires the exact number of arguments.
   * @returns an `ImageData`, or null where the library failed
   */
  decode(bytes: Uint8Array, ...options: readonly boolean[]): unknown
}

/** The default export of `@jsquash/<format>/codec/dec/<name>.js`. */
export type EmscriptenFactory = (overrides: {
  readonly noInitialRun: true
  readonly print: (line: string) => void
  readonly printErr: (line: string) => void
  readonly instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => WebAssembly.Exports
}) => Promise<EmscriptenModule>

export interface DecodeOutcome<T> {
  /** Value of `use`. Null where the library failed. */
  readonly used: { readonly value: T } | null
  /** Lines that the library printed: its warnings, and the reason for a failure. */
  readonly printed: readonly string[]
  /** Exception that left WebAssembly when the library exited or trapped. */
  readonly cause: unknown
}

export interface EmscriptenDecoder {
  /**
   * Decodes synchronously, and lends the pixels to `use` where they lie in WebAssembly memory: a copy would
   * take as much again. After an outcome without pixels the instance must not be used again.
   * @throws the error of `beforeGrowth`, or the engine's, if a refused growth of memory prevented the decode
   * @throws the error of `use`
   */
  decode<T>(bytes: Uint8Array, use: (raster: Raster) => T): DecodeOutcome<T>
  /**
   * Lends zeroed bytes of the linear memory to other work, which would need as much memory of its own beside
   * an idle decoder. They are freed when `use` returns.
   * @throws the error of `beforeGrowth`, or the engine's, if the memory may not grow enough
   */
  lend<T>(bytes: number, use: (memory: Uint8Array) => T): T
  /** Current size of the linear memory, in bytes. It never shrinks. */
  memoryBytes(): number
}

/** Names of the exported allocator, which the package's build has shortened. */
export interface AllocatorNames {
  readonly malloc: string
  readonly free: string
}

const PAGE_BYTES = 65536

/**
 * @param options arguments of the library's `decode` after the bytes
 * @param names of the allocator among the exports
 * @param beforeGrowth called with the requested memory size, in bytes. Throwing refuses it; the glue then
 *   tries smaller sizes before it fails.
 */
export async function instantiateDecoder(
  factory: EmscriptenFactory,
  wasm: WebAssembly.Module,
  options: readonly boolean[],
  names: AllocatorNames,
  beforeGrowth: (bytes: number) => void,
): Promise<EmscriptenDecoder> {
  const printed: string[] = []
  const print = (line: string): void => void printed.push(line)
  let memory: WebAssembly.Memory
  let exported: WebAssembly.Exports
  let refusal: unknown

  function instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): WebAssembly.Exports {
    growSparingly(imports, () => memory)
    const instance = new WebAssembly.Instance(wasm, imports)
    exported = instance.exports
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

  const module = await withLentPixels(
    () => undefined,
    () => factory({ noInitialRun: true, print, printErr: print, instantiateWasm }),
  )
  return {
    decode(bytes, use) {
      printed.length = 0
      refusal = undefined
      let lent: { readonly value: ReturnType<typeof use> } | { readonly error: unknown } | undefined
      let cause: unknown
      const lend = (raster: Raster): void => {
        try {
          lent = { value: use(raster) }
        } catch (error) {
          lent = { error }
        }
      }
      try {
        if (withLentPixels(lend, () => module.decode(bytes, ...options)) === null) lent = undefined
      } catch (thrown) {
        cause = thrown
        lent = undefined
      }
      if (lent !== undefined && 'error' in lent) throw lent.error
      if (lent === undefined && refusal !== undefined) throw refusal
      return { used: lent ?? null, printed: [...printed], cause }
    },
    lend(bytes, use) {
      refusal = undefined
      const call = (name: string, value: number): number => (exported[name] as (value: number) => number)(value)
      const address = call(names.malloc, bytes) >>> 0
      if (address === 0) throw refusal ?? new RangeError(`no ${bytes} bytes of decoder memory`)
      try {
        return use(new Uint8Array(memory.buffer, address, bytes).fill(0))
      } finally {
        call(names.free, address)
      }
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

/**
 * Runs a synchronous call while the global `ImageData` and `Uint8ClampedArray` are ours, which the C++ side
 * looks up at its first decode. It copies the pixels by `new Uint8ClampedArray(view)`, passes the copy to
 * `new ImageData(…)`, and only then frees its own. Ours makes no copy, and lends the view in between.
 */
function withLentPixels<T>(lend: (raster: Raster) => void, call: () => T): T {
  lender = (raster) => withGlobals(NATIVE, () => lend(raster))
  try {
    return withGlobals({ ImageData: LentImageData, Uint8ClampedArray: sameMemory }, call)
  } finally {
    lender = undefined
  }
}

let lender: ((raster: Raster) => void) | undefined

/** A constructor that lends what it gets. Whatever is not null means success. */
function LentImageData(data: Uint8ClampedArray, width: number, height: number): object {
  lender?.({ data, width, height })
  return {}
}

const NATIVE = { ImageData: Reflect.get(globalThis, 'ImageData') as unknown, Uint8ClampedArray }

/** A constructor that returns a view of the same memory. */
function sameMemory(view: Uint8Array): Uint8ClampedArray {
  return new NATIVE.Uint8ClampedArray(view.buffer, view.byteOffset, view.byteLength)
}

/** Sets globals for one synchronous call, then restores the previous state. */
function withGlobals<T>(values: Readonly<Record<string, unknown>>, task: () => T): T {
  const before = Object.keys(values).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  try {
    return task()
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else Reflect.deleteProperty(globalThis, name)
    }
  }
}
