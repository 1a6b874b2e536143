/**
 * The decoders: one decode at a time, within one memory budget.
 *
 * WebAssembly memory never shrinks and each jSquash decoder begins at 16 MiB, so an idle instance is dropped when the working
 * one would exceed the budget beside it, and an instance that failed is dropped because it may hold half-freed state.
 * @module
 */
import jpegFactory from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js'
import webpFactory from '@jsquash/webp/codec/dec/webp_dec.js'
import { Fault } from '../contracts/failure.ts'
import { badImage } from './bad-image.ts'
import { type DecodeOutcome, type EmscriptenDecoder, type EmscriptenFactory, instantiateDecoder } from './emscripten-decoder.ts'
import type { ImageHeader } from './image-header.ts'
import { createExclusive } from './mutex.ts'
import { decodePng } from './png-decode.ts'
import type { Raster } from './raster.ts'

type WasmFormat = 'jpeg' | 'webp'

/** Compiled decoders: `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm` and `@jsquash/webp/codec/dec/webp_dec.wasm`. */
export type CodecModules = Readonly<Record<WasmFormat, WebAssembly.Module>>

export interface Codecs {
  /**
   * Decodes an image whose header was accepted and lends its pixels to `use`. Other decodes wait until `use` returns, so at
   * most one raster is alive; do not keep it.
   * @throws {Fault} `bad_image`: `truncated`, `corrupt`, `inflated_chunk`, `header_mismatch`; `too_large` past the budget
   */
  decode<T>(bytes: Uint8Array, header: ImageHeader, use: (raster: Raster) => T): Promise<T>
  /** Linear memory of each decoder that is alive, in bytes; 0 for one that is not. */
  memoryBytes(): Record<WasmFormat, number>
}

/** What the linear memories of all decoders may take together, in bytes: a hard bound, checked at every growth. @internal */
export const CODEC_MEMORY_BUDGET = 40 * 1024 * 1024

/** What a fresh instance takes at once, in bytes, rounded up from 16.125 MiB. */
const INITIAL_BYTES = 17 * 1024 * 1024

const wasmCodecs: Record<WasmFormat, { readonly factory: EmscriptenFactory; readonly options: readonly boolean[] }> = {
  // `preserveOrientation: false`: pixels as stored; orient.ts turns them.
  jpeg: { factory: jpegFactory as unknown as EmscriptenFactory, options: [false] },
  webp: { factory: webpFactory as unknown as EmscriptenFactory, options: [] },
}

/** Makes a set of decoders; each is instantiated when first needed. */
export function createCodecs(modules: CodecModules): Codecs {
  const exclusive = createExclusive()
  const alive: Partial<Record<WasmFormat, EmscriptenDecoder>> = {}

  function makeRoom(format: WasmFormat, bytes: number): void {
    if (bytes > CODEC_MEMORY_BUDGET) throw overBudget(format, bytes)
    const idle = format === 'jpeg' ? 'webp' : 'jpeg'
    if (bytes + (alive[idle]?.memoryBytes() ?? 0) > CODEC_MEMORY_BUDGET) delete alive[idle]
  }

  async function decodeWithWasm(format: WasmFormat, bytes: Uint8Array): Promise<Raster> {
    const decoder = (alive[format] ??= await instantiate(format))
    let raster: Raster | null = null
    try {
      const outcome = decoder.decode(bytes)
      raster = outcome.raster
      return pixelsOf(outcome, format)
    } finally {
      if (raster === null) delete alive[format]
    }
  }

  function instantiate(format: WasmFormat): Promise<EmscriptenDecoder> {
    makeRoom(format, INITIAL_BYTES)
    const { factory, options } = wasmCodecs[format]
    return instantiateDecoder(factory, modules[format], options, (bytes) => makeRoom(format, bytes))
  }

  return {
    decode: (bytes, header, use) =>
      exclusive(async () => {
        const encoded = bytes.subarray(0, header.encodedBytes)
        const raster = header.format === 'png' ? decodePng(encoded) : await decodeWithWasm(header.format, encoded)
        if (raster.width !== header.width || raster.height !== header.height)
          throw badImage(
            'header_mismatch',
            `the header declares ${header.width} × ${header.height}, the pixels are ${raster.width} × ${raster.height}`,
          )
        return use(raster)
      }),
    memoryBytes: () => ({ jpeg: alive.jpeg?.memoryBytes() ?? 0, webp: alive.webp?.memoryBytes() ?? 0 }),
  }
}

function overBudget(format: WasmFormat, actual: number): Fault {
  return new Fault({
    kind: 'too_large',
    what: `memory to decode this ${format}`,
    limit: CODEC_MEMORY_BUDGET,
    actual,
    unit: 'bytes',
  })
}

/** mozjpeg found bytes it did not need between the last scan and the end marker: every pixel is there. */
const HARMLESS_WARNING = /^Corrupt JPEG data: \d+ extraneous bytes before marker 0xd9$/

/**
 * The pixels, if the library vouches for all of them. mozjpeg goes on after damage with invented grey and prints the first
 * warning only (libjpeg's `jerror.c`), so any warning refuses the picture except one that excludes a second.
 */
function pixelsOf({ raster, printed, cause }: DecodeOutcome, format: WasmFormat): Raster {
  const complaint = printed.find((line) => !HARMLESS_WARNING.test(line))
  if (raster !== null && complaint === undefined) return raster
  const cutShort = complaint !== undefined && /premature end/i.test(complaint)
  throw badImage(cutShort ? 'truncated' : 'corrupt', `the ${format} data cannot be decoded: ${complaint ?? 'damaged'}`, cause)
}
