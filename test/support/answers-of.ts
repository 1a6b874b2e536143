/**
 * Everything that a model sees and says, bit by bit, in Node and in workerd alike.
 * @module
 */
import { toHex } from '../../src/contracts/digest.ts'
import type { DualEncoder } from '../../src/models/edge/dual-encoder.ts'
import type { FusionNetwork } from '../../src/models/edge/fusion/fusion-network.ts'

/** Hex of the bits of numbers. */
export const bitsOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  toHex(new Uint8Array(buffer, byteOffset, byteLength))

export interface SeenAndSaid {
  /** Hex of a vector, or of the rows of things. */
  readonly picture: string
  /** Hex of a text's vector, hex of logits by text, or captions with their log-probabilities. */
  readonly said: unknown
}

const TEXTS = ['How many objects are there?', 'Is there a red circle?', 'There are exactly two blue blocks.'] as const

/** Vectors of a dual encoder: the picture's and a text's. */
export async function vectorsOf(model: DualEncoder, png: Uint8Array): Promise<SeenAndSaid> {
  return {
    picture: bitsOf((await model.embedImage(png)).vector),
    said: bitsOf((await model.embedText(TEXTS[2])).vector),
  }
}

export async function answersOf(network: FusionNetwork, png: Uint8Array): Promise<SeenAndSaid> {
  const seen = await network.look(png)
  const picture = bitsOf(seen.rows)
  if (network.manifest.kind === 'captioner') return { picture, said: await network.describe(seen) }
  const said: Record<string, string> = {}
  for (const text of TEXTS) {
    // One picture, and two of them.
    for (const pictures of [[seen], [seen, seen]]) {
      const { answer, truth } = await network.read(pictures, text)
      said[`${text} ${pictures.length}`] = bitsOf(Float32Array.of(...answer, truth))
    }
  }
  return { picture, said }
}
