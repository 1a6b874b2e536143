/**
 * Memory limits of an added model within an isolate's 128 MB.
 *
 * The platform gives no warning near the limit: an isolate that exceeds it is ended with everything in it. So
 * every model's memory is computed from measured numbers before it is loaded
 * (docs/edge-inference.md, "Memory").
 * @module
 */
import type { ModelManifest, TowerSpec } from './model-manifest.ts'

/** The limit of Workers per isolate, in bytes. */
export const ISOLATE_BYTES = 128e6

/**
 * Peak bytes of each kind of Worker without added models. `answering`: V8, image decoders and ONNX Runtime
 * with `assay-clip` (test/e2e/memory.test.ts). Added models share {@link LOADED_MODEL_BYTES} with shipped
 * ones. `tower`: V8 and an empty ONNX Runtime.
 */
export const HELD_BYTES = { answering: 109e6, tower: 26e6 } as const

/** Bytes left for added models in each kind of Worker. */
export const MODEL_BUDGET = {
  answering: ISOLATE_BYTES - HELD_BYTES.answering,
  tower: ISOLATE_BYTES - HELD_BYTES.tower,
} as const

/**
 * Bytes of loaded models in the Worker that answers: sessions and tokenizers of shipped and added models. The
 * least recently used are dropped. The two shipped dual encoders fit together (33.8 MB). Loading one
 * of them anew for each request would leave more to collect than both hold.
 */
export const LOADED_MODEL_BYTES = 34e6

/**
 * Bytes of label vectors that an isolate remembers, since many pictures are usually classified by the same
 * labels: the largest set of `/v1/score`, 1,000 labels in 384 dimensions of 8 bytes, with some warnings.
 */
export const LABEL_SET_BYTES = 3.5 * 2 ** 20

/**
 * Bytes that loading and running a tower adds: as measured, or estimated from the files of a tower never
 * loaded. Weights inside the graph are held three times while it is parsed, weights beside it once.
 */
export function towerBytes(tower: Pick<TowerSpec, 'bytes' | 'external_data' | 'resident_bytes'>): number {
  const beside = (tower.external_data ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
  return Math.max(tower.resident_bytes ?? 0, 3 * tower.bytes + beside)
}

/** Bytes of a tokenizer's JavaScript objects: its parsed file, and the tables made from it. */
export const tokenizerBytes = (fileBytes: number): number => 4 * fileBytes

/** Memory of a model in each Worker, in bytes. */
export interface MemoryDemand {
  /** In the Worker that answers requests. */
  readonly answering: number
  /** In the vision Worker and the text Worker; 0 without a tower there. */
  readonly vision: number
  readonly text: number
}

type WeighedManifest = Pick<ModelManifest, 'vision' | 'text' | 'text_vectors' | 'placement'>

/** The memory demand of a model. @param tokenizer - size of the tokenizer's file in bytes */
export function memoryDemandOf(manifest: WeighedManifest, tokenizer: number): MemoryDemand {
  const { vision, text, text_vectors: vectors, placement } = manifest
  const [visionBytes, textBytes] = [towerBytes(vision), vectors === undefined ? towerBytes(text) : 0]
  const visionAway = placement?.vision === 'worker'
  const textAway = placement?.text === 'worker' && vectors === undefined
  return {
    answering:
      (visionAway ? 0 : visionBytes) +
      (textAway ? 0 : textBytes) +
      (vectors === undefined ? tokenizerBytes(tokenizer) : vectors.bytes),
    vision: visionAway ? visionBytes : 0,
    text: textAway ? textBytes : 0,
  }
}

/** A sentence per Worker in which the model does not fit; empty if it fits everywhere. */
export function overBudget(demand: MemoryDemand): string[] {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const complain = (bytes: number, budget: number, where: string): string[] =>
    bytes <= budget ? [] : [`${where} would need ${mb(bytes)} for it and has ${mb(budget)} of its ${mb(ISOLATE_BYTES)}`]
  return [
    ...complain(demand.answering, MODEL_BUDGET.answering, 'the Worker that answers'),
    ...complain(demand.vision, MODEL_BUDGET.tower, 'the vision Worker'),
    ...complain(demand.text, MODEL_BUDGET.tower, 'the text Worker'),
  ]
}
