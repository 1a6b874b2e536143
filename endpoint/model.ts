/**
 * What answers behind the endpoint: a shipped model, through the edge's code and runtime, or fixed rules.
 * @module
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MODELS, nodeEdgeModel } from '../test/support/node-dual-encoder.ts'

/** A model that embeds pictures and texts into one space. */
export interface Encoder {
  readonly dimensions: number
  /** Factor of cosines before a softmax. */
  readonly logitScale: number
  embedImage(bytes: Uint8Array): Promise<Float32Array>
  embedText(text: string): Promise<{ readonly vector: Float32Array; readonly tokens: number }>
}

export type FindEncoder = (model: string) => Promise<Encoder | null>

/** The model that needs no weights: vectors from the digest of the bytes. Blind, and the same every time. */
const RULES = 'rules'

const rules: Encoder = {
  dimensions: 8,
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

/** Ids of the models in `models/` that embed, and of the rules. */
export function modelNames(): string[] {
  const shipped = readdirSync(MODELS, { withFileTypes: true }).filter((each) => each.isDirectory())
  return [...shipped.map(({ name }) => name).filter(embeds), RULES]
}

function embeds(name: string): boolean {
  const manifest = JSON.parse(readFileSync(join(MODELS, name, 'manifest.json'), 'utf8')) as { task?: string; embedding?: unknown }
  return manifest.embedding !== undefined
}

/** Loads a model once, on its first request. One embeds at a time: ONNX Runtime has one thread here. */
export function createEncoders(): FindEncoder {
  const loaded = new Map<string, Promise<Encoder>>()
  const names = new Set(modelNames())
  return async (name) => {
    if (name === RULES) return rules
    if (!names.has(name)) return null
    const encoder = loaded.get(name) ?? load(name)
    loaded.set(name, encoder)
    return encoder
  }
}

async function load(name: string): Promise<Encoder> {
  const model = await nodeEdgeModel(join(MODELS, name))
  const { dimensions, logit_scale: logitScale } = model.manifest.embedding
  const texts = new Map<string, { vector: Float32Array; tokens: number }>()
  let last: Promise<unknown> = Promise.resolve()
  const afterLast = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next
    return next
  }
  return {
    dimensions,
    logitScale,
    embedImage: (bytes) => afterLast(async () => (await model.embedImage(bytes)).vector),
    async embedText(text) {
      const known = texts.get(text) ?? (await afterLast(() => model.embedText(text)))
      texts.set(text, known)
      return known
    },
  }
}
