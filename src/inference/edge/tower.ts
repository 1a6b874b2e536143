/**
 * One half of a dual encoder: one model file, one session an isolate, one item a run.
 * @module
 */
import type { TextTowerSpec } from '../../contracts/model-manifest.ts'
import type { Session, TensorData } from './onnx-runtime.ts'

export interface Tower {
  /**
   * @param shape batch 1 first; no padding but the model's own, so that a score does not know its neighbours
   * @param mask which tokens are no padding; used where the tower asks for it
   * @returns what the graph gives, `dimensions` long
   */
  embed(data: TensorData, shape: readonly number[], mask?: BigInt64Array): Promise<Float32Array>
}

export type TowerIo = Pick<TextTowerSpec, 'file' | 'input' | 'output' | 'attention_mask'>

/** @param session asked before every run, and held no longer: it may be gone after */
export function createTower(session: () => Promise<Session>, spec: TowerIo, dimensions: number): Tower {
  return {
    async embed(data, shape, mask) {
      const others = mask !== undefined && spec.attention_mask !== undefined ? { [spec.attention_mask]: mask } : {}
      const output = await (await session()).run(spec.input, data, shape, spec.output, others)
      if (output.shape.length !== 2 || output.shape[0] !== 1 || output.shape[1] !== dimensions) {
        throw new Error(`${spec.file}: output ${spec.output} is [${output.shape.join(', ')}], not [1, ${dimensions}]`)
      }
      if (!output.data.every(Number.isFinite)) throw new Error(`${spec.file}: output ${spec.output} is not finite`)
      return output.data
    },
  }
}
