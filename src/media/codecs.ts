/**
 * The decoders: one decode at a time, within one memory budget.
 *
 * WebAssembly memory never shrinks, and each jSquash decoder starts at 16 MiB. So an idle instance is dropped
 * when both together would exceed the budget. An instance that failed is dropped too, since it may hold
 * half-freed state.
 * @module
 */
import jpegFactory from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js'
import webpFactory from '@jsquash/webp/codec/dec/webp_dec.js'
import { Fault } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import { badImage } from './bad-image.ts'
import { type DecodeOutcome, type EmscriptenDecoder, type EmscriptenFactory, instantiateDecoder } from './emscripten-decoder.ts'
import { decodeGif } from './gif-decode.ts'
import type { ImageHeader } from './image-header.ts'
import { createExclusive } from './mutex.ts'
import { decodePng } from './png-decode.ts'
import type { Raster } from './raster.ts'
import { firstFrameOf } from './webp-header.ts'

type WasmFormat = 'jpeg' | 'webp'

/**
 * Compiled decoders: `@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm` and `@jsquash/webp/codec/dec/webp_dec.wasm`.
 */
export type CodecModules = Readonly<Record<WasmFormat, WebAssembly.Module>>

export interface Codecs {
  /**
   * Decodes an image whose header was accepted and lends its pixels to `use`. Other decodes wait until `use`
   * returns, so at most one raster is alive. It is overwritten or freed afterwards: do not keep it.
   * @throws {Fault} `bad_image`: `truncated`, `corrupt`, `inflated_chunk`, `header_mismatch`; `too_large`
   *   past the budget
   */
  decode<T>(bytes: Uint8Array, header: ImageHeader, use: (raster: Raster) => T): Promise<T>
  /** Linear memory of each decoder, in bytes; 0 where it is not instantiated. */
  memoryBytes(): Record<WasmFormat, number>
}

/** Limit on the linear memories of all decoders together, in bytes. Checked at every growth. @internal */
export const CODEC_MEMORY_BUDGET = 40 * 1024 * 1024

/** Initial memory of an instance, in bytes: 16.125 MiB, rounded up. */
const INITIAL_BYTES = 17 * 1024 * 1024

const wasmCodecs: Record<WasmFormat, { readonly factory: EmscriptenFactory; readonly options: readonly boolean[] }> = {
  // `preserveOrientation: false`: pixels as stored; orient.ts turns them.
  jpeg: { factory: jpegFactory as unknown as EmscriptenFactory, options: [false] },
  webp: { factory: webpFactory as unknown as EmscriptenFactory, options: [] },
}

/** Makes a set of decoders. Each is instantiated on first use. */
export function createCodecs(modules: CodecModules): Codecs {
  const exclusive = createExclusive()
  const alive: Partial<Record<WasmFormat, EmscriptenDecoder>> = {}

  function makeRoom(format: WasmFormat, bytes: number): void {
    if (bytes > CODEC_MEMORY_BUDGET) throw overBudget(format, bytes)
    const idle = format === 'jpeg' ? 'webp' : 'jpeg'
    if (bytes + (alive[idle]?.memoryBytes() ?? 0) > CODEC_MEMORY_BUDGET) delete alive[idle]
  }

  async function decodeWithWasm<T>(format: WasmFormat, bytes: Uint8Array, use: (raster: Raster) => T): Promise<T> {
    const decoder = (alive[format] ??= await instantiate(format))
    let used = false
    try {
      const outcome = decoder.decode(bytes, use)
      used = outcome.used !== null
      return valueOf(outcome, format)
    } finally {
      if (!used) delete alive[format]
    }
  }

  function decodeAny<T>(encoded: Uint8Array, header: ImageHeader, use: (raster: Raster) => T): T | Promise<T> {
    const { format, firstFrame } = header
    if (format !== 'png' && format !== 'gif')
      return decodeWithWasm(format, firstFrame === undefined ? encoded : firstFrameOf(encoded, header, firstFrame), use)
    const raster = format === 'png' ? decodePng(encoded) : decodeGif(encoded)
    const value = use(raster)
    release(raster.data)
    return value
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
        return decodeAny(encoded, header, (raster) => {
          if (raster.width === header.width && raster.height === header.height) return use(raster)
          throw badImage(
            'header_mismatch',
            `the header declares ${header.width} × ${header.height}, the pixels are ${raster.width} × ${raster.height}`,
          )
        })
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

/** mozjpeg found surplus bytes between the last scan and the end marker. Every pixel is intact. */
const HARMLESS_WARNING = /^Corrupt JPEG data: \d+ extraneous bytes before marker 0xd9$/

/**
 * The value made of the pixels, if the library reported no damage.
 *
 * mozjpeg fills damaged areas with grey and prints only its first warning (libjpeg's `jerror.c`). So any
 * warning refuses the picture, except the one that excludes a second.
 */
function valueOf<T>({ used, printed, cause }: DecodeOutcome<T>, format: WasmFormat): T {
  const complaint = printed.find((line) => !HARMLESS_WARNING.test(line))
  if (used !== null && complaint === undefined) return used.value
  const cutShort = complaint !== undefined && /premature end/i.test(complaint)
  throw badImage(cutShort ? 'truncated' : 'corrupt', `the ${format} data cannot be decoded: ${complaint ?? 'damaged'}`, cause)
}
