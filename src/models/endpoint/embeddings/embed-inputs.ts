/**
 * Vectors of texts and pictures, by requests of an embeddings endpoint.
 * @module
 */
import { SampleError } from '../../../contracts/model.ts'
import { sumTokens } from '../../../contracts/sum-tokens.ts'
import type { CallEndpoint } from '../call-endpoint.ts'
import type { SentPicture } from '../picture-policy.ts'
import { encodePicture, encodeTexts, type PictureInput, type VectorEncoding } from './embeddings-request.ts'
import { type Embedded, readEmbeddings } from './embeddings-response.ts'

/** Texts per request. Servers accept more, and an answer of this many vectors stays below the limit. */
export const TEXTS_PER_REQUEST = 64
/** A vector of 4096 numbers in JSON, and the members around it. */
const BYTES_PER_VECTOR = 128 * 1024

export interface EmbedOptions {
  readonly model: string
  readonly encoding: VectorEncoding
  /** Components of the vectors, if the client asks for a number. */
  readonly dimensions?: number | undefined
}

/** Vectors, and the requests that they took. */
export interface EmbeddedByCalls extends Embedded {
  readonly calls: number
  /** Every answer was stored before. */
  readonly stored: boolean
}

/** @param item - the item that pays */
export type EmbedTexts = (item: string, texts: readonly string[]) => Promise<EmbeddedByCalls>

/** One request per {@link TEXTS_PER_REQUEST} texts, one after another. */
export function createTextEmbedder(call: CallEndpoint, options: EmbedOptions): EmbedTexts {
  return async (item, texts) => {
    const embedded: EmbeddedByCalls[] = []
    for (let start = 0; start < texts.length; start += TEXTS_PER_REQUEST) {
      const some = texts.slice(start, start + TEXTS_PER_REQUEST)
      const body = encodeTexts(options, some, options.dimensions)
      embedded.push(await sendEmbedding(call, { body, item, count: some.length, images: 0, pictureBytes: 0 }))
    }
    return joinEmbedded(embedded)
  }
}

/** One request. */
export function embedPicture(
  call: CallEndpoint,
  { input, ...options }: EmbedOptions & { readonly input: PictureInput },
  picture: SentPicture,
): Promise<EmbeddedByCalls> {
  return sendEmbedding(call, { body: encodePicture(options, input, picture), item: '', count: 1, images: 1 })
}

export interface EmbeddingBody {
  readonly body: Uint8Array
  readonly keyBody?: Uint8Array | undefined
  readonly item: string
  /** Number of inputs in it. */
  readonly count: number
  readonly images: number
  readonly pictureBytes?: number
}

export async function sendEmbedding(call: CallEndpoint, { count, ...sent }: EmbeddingBody): Promise<EmbeddedByCalls> {
  const { answer, calls, stored } = await call({
    ...sent,
    path: 'embeddings',
    deterministic: true,
    maxCompletionTokens: 0,
    maxResponseBytes: BYTES_PER_VECTOR * (count + 1),
    read: (bytes) => readEmbeddings(bytes, count),
  })
  return { ...answer, calls, stored }
}

/** @throws {SampleError} `endpoint_bad_response` for vectors of several lengths */
export function joinEmbedded(parts: readonly EmbeddedByCalls[]): EmbeddedByCalls {
  const vectors = parts.flatMap((part) => part.vectors)
  const [first] = vectors
  if (vectors.some((vector) => vector.length !== first!.length))
    throw new SampleError('endpoint_bad_response', 'the endpoint gave embeddings of several lengths')
  const usages = parts.flatMap(({ usage }) => usage ?? [])
  return {
    vectors,
    usage: usages.length === 0 ? null : sumTokens(usages),
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
    stored: parts.every(({ stored }) => stored),
  }
}
