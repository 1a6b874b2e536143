/**
 * One half of a dual encoder: one model file, one session per isolate, one item per run.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import type { TextTowerSpec } from '../../contracts/model-manifest.ts'
import { InputRefused, type Session, type TensorData } from './onnx-runtime.ts'

export interface Tower {
  /** Loads it, unless it is loaded. */
  load(): Promise<void>
  /** False if {@link load} would take more than microtasks. */
  isLoaded(): boolean
  /**
   * @param shape with batch size 1 first; only the model's own padding, so a score does not depend on other
   *   items
   * @param mask 1 for tokens that are not padding; used if the tower has a mask input
   * @returns the graph's output, `dimensions` long, finite and not all zeros
   * @throws {Fault} `unprocessable` if the graph refuses this input or gives no usable vector: a retry would
   *   fail too
   */
  embed(data: TensorData, shape: readonly number[], mask?: BigInt64Array): Promise<Float32Array>
}

export type TowerIo = Pick<TextTowerSpec, 'file' | 'input' | 'output' | 'attention_mask'>

export interface LoadedOnUse {
  /** Called before every run, since the session may be evicted afterwards. */
  readonly session: () => Promise<Session>
  readonly isLoaded: () => boolean
}

/** A session that stays. */
export const loaded = (session: Session): LoadedOnUse => ({ session: async () => session, isLoaded: () => true })

export function createTower({ session, isLoaded }: LoadedOnUse, spec: TowerIo, dimensions: number): Tower {
  return {
    load: async () => void (await session()),
    isLoaded,
    async embed(data, shape, mask) {
      const others = mask !== undefined && spec.attention_mask !== undefined ? { [spec.attention_mask]: mask } : {}
      const running = await session()
      const output = await running.run(spec.input, data, shape, spec.output, others).catch((error: unknown) => {
        if (error instanceof InputRefused) throw unusable(`${spec.file} refuses this input: ${error.message}`)
        throw error
      })
      if (output.shape.length !== 2 || output.shape[0] !== 1 || output.shape[1] !== dimensions)
        throw unusable(`${spec.file} gives a ${spec.output} of [${output.shape.join(', ')}], not [1, ${dimensions}]`)
      if (!output.data.every(Number.isFinite))
        throw unusable(`${spec.file} gives a ${spec.output} that is not finite (NaN or infinity)`)
      if (output.data.every((value) => value === 0))
        throw unusable(`${spec.file} gives a ${spec.output} of zeros, which has no direction`)
      return output.data
    },
  }
}

function unusable(detail: string): Fault {
  return new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '', detail }] })
}
