/**
 * The Worker's runtime in Node: the same WebAssembly file and glue, so the same bits and memory.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createOnnxRuntime, type OnnxRuntime } from '../../models/edge/onnx-runtime.ts'

let runtime: Promise<OnnxRuntime> | undefined

/** One per thread, since the library is a global. */
export function nodeRuntime(): Promise<OnnxRuntime> {
  runtime ??= make()
  return runtime
}

async function make(): Promise<OnnxRuntime> {
  const path = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')
  // Absent from the Workers types, because Workers refuse it.
  const { compile } = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<WebAssembly.Module> }
  return createOnnxRuntime(await compile(await readFile(path)))
}
