/**
 * What an added model may take of an isolate's 128 MB. The runtime tells nobody when it comes near: an isolate that exceeds it is ended with
 * everything in it. So every model is weighed before it is loaded, by numbers that were measured (docs/models.md, "Memory").
 * @module
 */
import type { ModelManifest, TowerSpec } from './model-manifest.ts'

/** Workers "Limits": 128 MB an isolate, whatever it holds. */
export const ISOLATE_BYTES = 128e6

/**
 * What each kind of Worker holds at its worst without added models: the one that answers (V8, image decoders, a raster, ONNX Runtime with the
 * shipped models; test/e2e/memory.test.ts), and one that only runs towers (V8 and an empty ONNX Runtime).
 */
export const HELD_BYTES = { answering: 109e6, tower: 26e6 } as const

/** What is left for added models, in bytes. */
export const ROOM = { answering: ISOLATE_BYTES - HELD_BYTES.answering, tower: ISOLATE_BYTES - HELD_BYTES.tower } as const

/**
 * What loading and running a tower adds: as measured, or, for one that was never loaded, its files. Weights that lie in the graph are held
 * three times while it is parsed, weights beside it once.
 */
export function towerBytes(tower: Pick<TowerSpec, 'bytes' | 'external_data' | 'resident_bytes'>): number {
  const beside = (tower.external_data ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
  return Math.max(tower.resident_bytes ?? 0, 3 * tower.bytes + beside)
}

/** JavaScript objects of a tokenizer: its file, parsed, and the tables made of it. */
export const tokenizerBytes = (fileBytes: number): number => 4 * fileBytes

export interface Need {
  /** Of the Worker that answers. */
  readonly answering: number
  /** Of the vision Worker and of the text Worker, 0 where the manifest places nothing there. */
  readonly vision: number
  readonly text: number
}

/** What a model needs of each Worker. `tokenizer` is its file's size. */
export function needOf(manifest: Pick<ModelManifest, 'vision' | 'text' | 'text_vectors' | 'placement'>, tokenizer: number): Need {
  const { vision, text, text_vectors: vectors, placement } = manifest
  const [visionBytes, textBytes] = [towerBytes(vision), vectors === undefined ? towerBytes(text) : 0]
  const [visionAway, textAway] = [placement?.vision === 'worker', placement?.text === 'worker' && vectors === undefined]
  return {
    answering:
      (visionAway ? 0 : visionBytes) +
      (textAway ? 0 : textBytes) +
      (vectors === undefined ? tokenizerBytes(tokenizer) : vectors.bytes),
    vision: visionAway ? visionBytes : 0,
    text: textAway ? textBytes : 0,
  }
}

/** What does not fit, in sentences; empty when all does. */
export function overBudget(need: Need): string[] {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const complain = (bytes: number, room: number, where: string): string[] =>
    bytes <= room ? [] : [`${where} would need ${mb(bytes)} for it and has ${mb(room)} of its ${mb(ISOLATE_BYTES)}`]
  return [
    ...complain(need.answering, ROOM.answering, 'the Worker that answers'),
    ...complain(need.vision, ROOM.tower, 'the vision Worker'),
    ...complain(need.text, ROOM.tower, 'the text Worker'),
  ]
}
