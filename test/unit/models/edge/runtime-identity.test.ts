import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { ONNX_RUNTIME_VERSION, ONNX_RUNTIME_WASM_SHA256, RUNTIME } from '../../../../src/models/edge/runtime-identity.ts'

const wasm = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')

test('the runtime written into every score is the one installed', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../../node_modules/onnxruntime-web/package.json', import.meta.url), 'utf8'),
  ) as {
    version: string
  }
  expect(ONNX_RUNTIME_VERSION).toBe(manifest.version)
  expect(ONNX_RUNTIME_WASM_SHA256).toBe(createHash('sha256').update(readFileSync(wasm)).digest('hex'))
  expect(RUNTIME).toBe(`onnxruntime-web/${manifest.version}+wasm-${ONNX_RUNTIME_WASM_SHA256.slice(0, 12)}`)
})
