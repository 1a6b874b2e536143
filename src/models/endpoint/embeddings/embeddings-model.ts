/**
 * A dual encoder behind an endpoint: pictures and texts as vectors of one space.
 * @module
 */
import { pictureOf, type TaskId } from '../../../contracts/item.ts'
import {
  type EmbeddingsIdentity,
  type Model,
  type OutputKind,
  type ReadImage,
  SampleError,
  type TokenUsage,
} from '../../../contracts/model.ts'
import { taskOf } from '../../../tasks/registry.ts'
import type { CallEndpoint } from '../call-endpoint.ts'
import type { Endpoint } from '../send-request.ts'
import { readPicture } from '../stored-picture.ts'
import { encodePicture, encodeTexts, type VectorEncoding } from './embeddings-request.ts'
import { type Embedded, readEmbeddings } from './embeddings-response.ts'

/** Texts per request. Servers accept more, and an answer of this many vectors stays below the limit. */
const TEXTS_PER_REQUEST = 64
/** A vector of 4096 numbers in JSON, and the members around it. */
const BYTES_PER_VECTOR = 128 * 1024
/** Lists of texts whose vectors are kept while a shard is scored: the labels of a classification are one. */
const KEPT_LISTS = 16

export interface EmbeddingsModelParts {
  readonly identity: EmbeddingsIdentity
  readonly endpoint: Pick<Endpoint, 'concurrency'>
  readonly encoding: VectorEncoding
  readonly call: CallEndpoint
  readonly readImage: ReadImage
}

interface Sent extends Embedded {
  readonly calls: number
  /** Every answer was stored before. */
  readonly stored: boolean
}

/** One request per picture, and one per 64 texts of an item. A list of texts is sent once per shard. */
export function createEmbeddingsModel({ identity, endpoint, encoding, call, readImage }: EmbeddingsModelParts): Model {
  const common = { model: identity.model, encoding }
  const lists = new Map<string, Promise<Sent>>()

  async function send(item: string, body: Uint8Array, count: number, images: number): Promise<Sent> {
    const { answer, calls, stored } = await call({
      path: 'embeddings',
      body,
      item,
      deterministic: true,
      maxCompletionTokens: 0,
      images,
      maxResponseBytes: BYTES_PER_VECTOR * (count + 1),
      read: (bytes) => readEmbeddings(bytes, count),
    })
    return { ...answer, calls, stored }
  }

  async function embedTexts(item: string, texts: readonly string[]): Promise<Sent> {
    const sent: Sent[] = []
    for (let first = 0; first < texts.length; first += TEXTS_PER_REQUEST) {
      const some = texts.slice(first, first + TEXTS_PER_REQUEST)
      sent.push(await send(item, encodeTexts(common, some), some.length, 0))
    }
    return joined(sent)
  }

  /** The first item with a list pays for it. */
  async function embedList(item: string, texts: readonly string[]): Promise<Sent> {
    const key = JSON.stringify(texts)
    const known = lists.get(key)
    if (known !== undefined) return { ...(await known), calls: 0, stored: true, usage: null }
    const embedding = embedTexts(item, texts)
    lists.set(key, embedding)
    if (lists.size > KEPT_LISTS) lists.delete(lists.keys().next().value!)
    embedding.catch(() => lists.delete(key))
    return embedding
  }

  return {
    identity,
    concurrency: endpoint.concurrency,
    supports: embeddingsSupport,
    async run({ item, output }) {
      const supported = embeddingsSupport(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      const reference = pictureOf(item)
      if (reference === null) throw new SampleError('no_image', 'the item has no picture')
      const picture = await readPicture(reference, readImage)
      const image = await send(item.id, encodePicture(common, identity.picture_input, picture), 1, 1)
      const texts = await embedList(item.id, taskOf(item.task).texts(item)).catch((error: unknown) => {
        throw error instanceof SampleError ? error.after(error.calls + image.calls) : error
      })
      const both = joined([image, texts])
      return {
        output: {
          kind: 'embeddings',
          image: image.vectors[0]!,
          texts: texts.vectors.map((vector) => ({ vector, truncated: null, unknownTokens: null })),
        },
        calls: both.calls,
        stored: both.stored,
        outcome: 'answered',
        evidence: { picture_sent: { as: 'data_uri', media_type: picture.mediaType, bytes: picture.bytes.length } },
        ...(both.usage && { usage: both.usage }),
      }
    },
  }
}

/** @throws {SampleError} `endpoint_bad_response` for vectors of several lengths */
function joined(parts: readonly Sent[]): Sent {
  const vectors = parts.flatMap((part) => part.vectors)
  const [first] = vectors
  if (vectors.some((vector) => vector.length !== first!.length))
    throw new SampleError('endpoint_bad_response', 'the endpoint gave embeddings of several lengths')
  const usages = parts.flatMap(({ usage }) => usage ?? [])
  return {
    vectors,
    usage: usages.length === 0 ? null : usages.reduce(sumOf),
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
    stored: parts.every(({ stored }) => stored),
  }
}

const sumOf = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  prompt_tokens: a.prompt_tokens + b.prompt_tokens,
  completion_tokens: a.completion_tokens + b.completion_tokens,
  total_tokens: a.total_tokens + b.total_tokens,
})

/** Whether an embeddings endpoint gives an output for a task: true, or a sentence with the reason why not. */
export function embeddingsSupport(task: TaskId, output: OutputKind): true | string {
  if (output !== 'embeddings')
    return `an endpoint of the kind embeddings gives embeddings, not ${output}; use an endpoint of the kind chat, or upload results`
  const { pictures } = taskOf(task)
  if (pictures !== 1) return `an endpoint of the kind embeddings embeds one picture per item, and ${task} items have ${pictures}`
  return true
}
