/**
 * JPEG files made in a test, by mozjpeg.
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import mozjpegFactory from '@jsquash/jpeg/codec/enc/mozjpeg_enc.js'
import { defaultOptions } from '@jsquash/jpeg/meta.js'

type Encoder = { encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array }
type Factory = (overrides: { noInitialRun: true; wasmBinary: Uint8Array }) => Promise<Encoder>

/**
 * @param rgba `width * height * 4` bytes
 * @param options of mozjpeg, e.g. `{ progressive: true, chroma_subsample: 1, auto_subsample: false }`
 */
export async function encodeJpeg(rgba: Uint8ClampedArray, width: number, height: number, options: object): Promise<Uint8Array> {
  const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'))
  const hadImageData = 'ImageData' in globalThis
  const encoder = await (mozjpegFactory as unknown as Factory)({ noInitialRun: true, wasmBinary })
  // The factory puts one on the global object. Files of tests share a process.
  if (!hadImageData) Reflect.deleteProperty(globalThis, 'ImageData')
  return encoder.encode(new Uint8Array(rgba.buffer), width, height, { ...defaultOptions, ...options }).slice()
}
