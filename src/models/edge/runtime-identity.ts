/**
 * Identity of the ONNX Runtime. A Worker cannot hash a compiled module, so the digest is a constant, which
 * `test/unit/models/edge/runtime-identity.test.ts` compares with the installed file.
 * @module
 */

/** @internal */
export const ONNX_RUNTIME_VERSION = '1.30.0'

/** SHA-256 of `onnxruntime-web/dist/ort-wasm-simd-threaded.wasm`. @internal */
export const ONNX_RUNTIME_WASM_SHA256 = '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2'

/**
 * Part of a score's identity. WebAssembly without relaxed SIMD gives the same bits on every machine; another
 * build may not.
 */
export const RUNTIME = `onnxruntime-web/${ONNX_RUNTIME_VERSION}+wasm-${ONNX_RUNTIME_WASM_SHA256.slice(0, 12)}`
