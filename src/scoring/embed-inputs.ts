/**
 * Embeddings of texts or pictures, without a comparison.
 * @module
 */
import type { EdgeModel } from '../contracts/edge-model.ts'
import { at } from '../contracts/failure-pointer.ts'
import { release } from '../contracts/release.ts'
import { inTurn } from '../contracts/turn.ts'
import { atIndex, type Warning } from '../contracts/warning.ts'

export interface EmbeddedInput {
  readonly vector: Float32Array
  /** Tokens read, special ones included. 0 for a picture. */
  readonly tokens: number
  readonly warnings: readonly Warning[]
}

/**
 * Embeds texts one by one, so that a vector does not depend on its neighbours.
 * @param place - of a text in the request
 * @throws {Fault} naming the text that the model cannot embed
 */
export async function embedTexts(
  model: Pick<EdgeModel, 'embedText' | 'enter'>,
  texts: readonly string[],
  place: (index: number) => string,
): Promise<EmbeddedInput[]> {
  return inTurn(model.enter, async (begin) => {
    await begin()
    const embedded: EmbeddedInput[] = []
    for (const [index, text] of texts.entries()) {
      const { vector, tokens, warnings } = await at(place(index), () => model.embedText(text))
      embedded.push({ vector, tokens, warnings: atIndex(warnings, index) })
    }
    return embedded
  })
}

/**
 * Embeds one picture and releases its bytes.
 * @throws {Fault} `bad_image`, `unsupported_media` or `too_large`
 */
export async function embedOnePicture(
  model: Pick<EdgeModel, 'look' | 'enter'>,
  bytes: Uint8Array,
  scope: string,
): Promise<EmbeddedInput> {
  try {
    return await inTurn(model.enter, async (begin) => {
      await begin()
      const { vector, warnings } = await (await model.look(bytes, scope)).embed()
      return { vector, tokens: 0, warnings }
    })
  } finally {
    release(bytes)
  }
}
