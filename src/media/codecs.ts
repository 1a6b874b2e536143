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
import { fromBase64 } from '../contracts/base64.ts'
import { Fault } from '../contracts/failure.ts'
import { release } from '../contracts/release.ts'
import { badImage } from './bad-image.ts'
import {
  type AllocatorNames,
  type DecodeOutcome,
  type EmscriptenDecoder,
  type EmscriptenFactory,
  instantiateDecoder,
} from './emscripten-decoder.ts'
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
  /**
   * Lends zeroed bytes, from an idle decoder's memory if they are many. Decodes wait until `use` returns; do
   * not keep the bytes.
   */
  lend<T>(bytes: number, use: (memory: Uint8Array) => T): Promise<T>
  /** Linear memory of each decoder, in bytes; 0 where it is not instantiated. */
  memoryBytes(): Record<WasmFormat, number>
}

/** Limit on the linear memories of all decoders together, in bytes. Checked at every growth. @internal */
export const CODEC_MEMORY_BUDGET = 40 * 1024 * 1024

/** Initial memory of an instance, in bytes: 16.125 MiB, rounded up. */
const INITIAL_BYTES = 17 * 1024 * 1024

/** Fewer bytes are not worth a decoder that is not there yet. */
const LENT_FROM = 4 * 1024 * 1024

/**
 * One grey pixel. A decoder's first decode allocates what it keeps for good. Behind a large picture that
 * would split the free memory, and the next large one would not fit into it: 40.2 MB instead of 33.5 for the
 * worst JPEGs in turns.
 */
const FIRST_JPEG =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////' +
  '////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z'

interface WasmCodec {
  readonly factory: EmscriptenFactory
  readonly options: readonly boolean[]
  /** As exported by the pinned version; test/unit/media/lent-memory.test.ts would notice others. */
  readonly allocator: AllocatorNames
}

const wasmCodecs: Record<WasmFormat, WasmCodec> = {
  // `preserveOrientation: false`: pixels as stored; orient.ts turns them.
  jpeg: { factory: jpegFactory as unknown as EmscriptenFactory, options: [false], allocator: { malloc: 'D', free: 'E' } },
  webp: { factory: webpFactory as unknown as EmscriptenFactory, options: [], allocator: { malloc: 'u', free: 'v' } },
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
    return lendBytes(4 * header.width * header.height, (memory) => {
      const data = new Uint8ClampedArray(memory.buffer, memory.byteOffset, memory.length)
      return use(format === 'png' ? decodePng(encoded, data) : decodeGif(encoded, data))
    })
  }

  async function lendBytes<T>(bytes: number, use: (memory: Uint8Array) => T): Promise<T> {
    if (bytes >= LENT_FROM) return (alive.jpeg ?? alive.webp ?? (alive.jpeg = await instantiate('jpeg'))).lend(bytes, use)
    const memory = new Uint8Array(bytes)
    try {
      return use(memory)
    } finally {
      release(memory)
    }
  }

  async function instantiate(format: WasmFormat): Promise<EmscriptenDecoder> {
    makeRoom(format, INITIAL_BYTES)
    const { factory, options, allocator } = wasmCodecs[format]
    const decoder = await instantiateDecoder(factory, modules[format], options, allocator, (bytes) => makeRoom(format, bytes))
    if (format === 'jpeg') decoder.decode(fromBase64(FIRST_JPEG)!, () => undefined)
    return decoder
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
    lend: (bytes, use) => exclusive(() => lendBytes(bytes, use)),
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
