/**
 * The labels of a dataset as vectors of a dual encoder, embedded once for many pictures.
 * @module
 */
import { sha256Hex } from '../../contracts/digest.ts'
import type { Memory } from '../../contracts/edge-model.ts'
import type { Candidate } from '../../contracts/item.ts'
import { promptsOf } from '../../contracts/label-prompts.ts'
import { type ModelIdentityOf, SampleError, type TextEmbedding } from '../../contracts/model.ts'
import { labelEmbedding } from '../../metrics/label-embedding.ts'
import { asSampleErrors } from './sample-errors.ts'

export interface LabelVectors {
  /** One unit vector per label, in order. */
  readonly vectors: readonly Float64Array[]
  /** Labels of which the model read only the beginning of a text. */
  readonly truncated: number
  /** Labels with a word that the model does not know. */
  readonly unknown: number
}

export interface LabelVectorParts {
  readonly identity: ModelIdentityOf<'edge_model'>
  readonly embed: (text: string) => Promise<TextEmbedding>
  /** Shared by the models of an isolate. */
  readonly memory: Memory<LabelVectors>
}

/** Texts after which other work gets a turn: inference uses microtasks only. */
const TEXTS_PER_TURN = 32

type Labels = readonly Candidate[]

/** Recalls the vectors of labels, or embeds them. The items of a shard have one list of labels. */
export function createLabelVectors({ identity, embed, memory }: LabelVectorParts) {
  let last: { readonly labels: Labels; readonly found: LabelVectors } | undefined

  return async (labels: Labels, templates?: readonly string[]): Promise<LabelVectors> => {
    if (last?.labels === labels) return last.found
    const prompts = promptsOf(labels, templates)
    const { model_digest, runtime } = identity
    const name = await sha256Hex(JSON.stringify([model_digest, runtime, prompts]))
    const recalled = memory.recall(name)
    const found = recalled ?? (await embedLabels(prompts, embed))
    if (recalled === undefined) memory.keep(name, found, found.vectors.length * (found.vectors[0]?.byteLength ?? 0))
    last = { labels, found }
    return found
  }
}

/** @throws {SampleError} `text_not_embedded`, which fails every item alike */
async function embedLabels(labels: ReturnType<typeof promptsOf>, embed: LabelVectorParts['embed']): Promise<LabelVectors> {
  const vectors: Float64Array[] = []
  let [embedded, truncated, unknown] = [0, 0, 0]
  for (const { label, prompts } of labels) {
    const texts: TextEmbedding[] = []
    for (const prompt of prompts) {
      if (++embedded % TEXTS_PER_TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      texts.push(await asSampleErrors('text_not_embedded', () => embed(prompt)))
    }
    const vector = labelEmbedding(texts.map((text) => text.vector))
    if (!vector.every(Number.isFinite))
      throw new SampleError('text_not_embedded', `the texts of label ${JSON.stringify(label)} cancel each other out; use others`)
    vectors.push(vector)
    if (texts.some((text) => text.truncated)) truncated++
    if (texts.some(({ unknownTokens }) => unknownTokens > 0)) unknown++
  }
  return { vectors, truncated, unknown }
}
