/**
 * Models that embed pictures and texts into one space: a shipped one, through the edge's code and runtime, or
 * fixed rules.
 * @module
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { MODELS, nodeEdgeModel } from '../test/support/node-dual-encoder.ts'

export interface Encoder {
  /** Factor of cosines before a softmax. */
  readonly logitScale: number
  embedImage(bytes: Uint8Array): Promise<Float32Array>
  embedText(text: string): Promise<{ readonly vector: Float32Array; readonly tokens: number }>
}

/** Needs no weights: vectors from the digest of the bytes. Blind, and the same every time. */
export const rules: Encoder = {
  logitScale: 10,
  embedImage: async (bytes) => digestVector(bytes),
  embedText: async (text) => ({ vector: digestVector(text), tokens: words(text) }),
}

/** Unit length. */
function digestVector(content: Uint8Array | string): Float32Array {
  const digest = createHash('sha256').update(content).digest()
  const vector = Float32Array.from({ length: 8 }, (_, index) => digest.readInt32LE(4 * index) / 2 ** 31)
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}

export const words = (text: string): number => text.split(/\s+/).filter(Boolean).length

/** @param inTurn - waits until nothing else computes */
export async function loadEncoder(name: string, inTurn: <T>(work: () => Promise<T>) => Promise<T>): Promise<Encoder> {
  const model = await nodeEdgeModel(join(MODELS, name))
  const texts = new Map<string, { vector: Float32Array; tokens: number }>()
  return {
    logitScale: model.manifest.embedding.logit_scale,
    embedImage: (bytes) => inTurn(async () => (await model.embedImage(bytes)).vector),
    async embedText(text) {
      const known = texts.get(text) ?? (await inTurn(() => model.embedText(text)))
      texts.set(text, known)
      return known
    },
  }
}
