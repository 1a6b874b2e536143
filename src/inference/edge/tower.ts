/**
 * One half of a dual encoder: one model file, one session an isolate, one item a run.
 * @module
 */
import type { ModelManifest } from '../../contracts/model-manifest.ts'
import { sharedPromise } from './memoised.ts'
import type { OnnxRuntime, TensorData } from './onnx-runtime.ts'

export interface Tower {
  /**
   * @param shape batch 1 first; no padding, so that a score does not know its neighbours
   * @returns the embedding, `dimensions` long
   */
  embed(data: TensorData, shape: readonly number[]): Promise<Float32Array>
}

/** The session is created by the first call. The model's bytes stay with whoever bundled them: the module registry never drops them. */
export function createTower(runtime: OnnxRuntime, bytes: Uint8Array, spec: ModelManifest['vision'], dimensions: number): Tower {
  const session = sharedPromise(() => runtime.createSession(bytes, { prepack: spec.prepack }))
  return {
    async embed(data, shape) {
      const output = await (await session()).run(spec.input, data, shape, spec.output)
      if (output.shape.length !== 2 || output.shape[0] !== 1 || output.shape[1] !== dimensions) {
        throw new Error(`${spec.file}: output ${spec.output} is [${output.shape.join(', ')}], not [1, ${dimensions}]`)
      }
      if (!output.data.every(Number.isFinite)) throw new Error(`${spec.file}: output ${spec.output} is not finite`)
      return output.data
    },
  }
}
