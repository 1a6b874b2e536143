/**
 * The shipped models, ready to be asked, in a Worker. Importing this computes nothing: sessions are created by first use.
 * @module
 */
import ortWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
import { preprocessImage, preprocessingDigest } from '../../media/preprocess.ts'
import { BUNDLED_MODELS } from './bundled-models.ts'
import { workerCodecs } from './codecs.workerd.ts'
import { createEdgeModel, type EdgeModel } from './edge-model.ts'
import { createOnnxRuntime } from './onnx-runtime.ts'

/** Bytes of an isolate's 128 MB that inference holds. JavaScript's own heap is not visible from inside. */
export interface MemoryReport {
  /** ONNX Runtime's linear memory: weights, activations, arena. Never shrinks. */
  readonly onnx_runtime_bytes: number
  /** Linear memory of each image decoder that is alive. Never shrinks while it is. */
  readonly codecs: Readonly<Record<string, number>>
  /** Model files in the module registry, which keeps them. */
  readonly model_bytes: number
}

const runtime = createOnnxRuntime(ortWasm)

/** By id, in the order of `bundled-models.ts`; the first is the default. */
export const edgeModels: ReadonlyMap<string, EdgeModel> = new Map(
  BUNDLED_MODELS.map((files) =>
    createEdgeModel({
      files,
      runtime,
      preprocess: (bytes, spec, mark) => preprocessImage(bytes, spec, workerCodecs, mark),
      preprocessingDigest,
    }),
  ).map((model) => [model.manifest.id, model]),
)

/** What inference holds of this isolate now. */
export function memoryReport(): MemoryReport {
  return {
    onnx_runtime_bytes: runtime.memoryBytes(),
    codecs: workerCodecs.memoryBytes(),
    model_bytes: BUNDLED_MODELS.reduce((sum, files) => sum + files.vision.length + files.text.length + files.tokenizer.length, 0),
  }
}
