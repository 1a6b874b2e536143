/**
 * A dual encoder behind an endpoint: pictures and texts as vectors of one space.
 * @module
 */
import { perConsumer } from '../../../contracts/endpoint.ts'
import { choicesOf, framesOf, type TaskId } from '../../../contracts/item.ts'
import {
  AnswerPending,
  type EmbeddedText,
  type EmbeddingsIdentity,
  LABELS_KEPT,
  type Model,
  type Output,
  type OutputKind,
  type ReadImage,
  SampleError,
  UNORDERED,
} from '../../../contracts/model.ts'
import { type LabelPrompts, promptsOf } from '../../../contracts/label-prompts.ts'
import { clipEmbedding } from '../../../metrics/clip-embedding.ts'
import { labelEmbedding, nearestLabels } from '../../../metrics/label-embedding.ts'
import { taskOf } from '../../../tasks/registry.ts'
import type { CallEndpoint } from '../call-endpoint.ts'
import type { Endpoint } from '../send-request.ts'
import { describeSent, named, needsName, type OpenPicture, type SentPicture } from '../picture-policy.ts'
import { readPicture } from '../stored-picture.ts'
import { encodePicture, encodeTexts, type VectorEncoding } from './embeddings-request.ts'
import { type EmbeddedByCalls as Sent, joinEmbedded, sendEmbedding, TEXTS_PER_REQUEST } from './embed-inputs.ts'

/** Lists of texts whose vectors are kept while a shard is scored: the labels of a classification are one. */
const KEPT_LISTS = 16

export interface EmbeddingsModelParts {
  readonly identity: EmbeddingsIdentity
  readonly endpoint: Pick<Endpoint, 'concurrency'>
  readonly encoding: VectorEncoding
  readonly call: CallEndpoint
  readonly readImage: ReadImage
  /** Default: the bytes of a stored picture. */
  readonly openPicture?: OpenPicture
}

/** One request per picture, and one per 64 texts of an item. A list of texts is sent once per shard. */
export function createEmbeddingsModel(parts: EmbeddingsModelParts): Model {
  const { identity, endpoint, encoding, call, readImage, openPicture = (image) => readPicture(image, readImage) } = parts
  const common = { model: identity.model, encoding }
  const lists = new Map<string, Promise<Sent>>()

  const send = (item: string, body: Uint8Array, count: number, images: number, keyBody?: Uint8Array): Promise<Sent> =>
    sendEmbedding(call, { item, body, count, images, keyBody })

  async function embedTexts(item: string, texts: readonly string[]): Promise<Sent> {
    const parts = Array.from({ length: Math.ceil(texts.length / TEXTS_PER_REQUEST) }, (_, index) =>
      texts.slice(index * TEXTS_PER_REQUEST, (index + 1) * TEXTS_PER_REQUEST),
    )
    return joinEmbedded(await oneByOne(parts.map((some) => () => send(item, encodeTexts(common, some), some.length, 0))))
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
    concurrency: perConsumer(endpoint),
    supports: embeddingsSupport,
    async embedTexts({ id }, texts) {
      const { vectors, usage } = await embedList(id, texts)
      return { texts: vectors.map(unread), ...(usage && { usage }) }
    },
    async run({ item, output, texts: given }) {
      const supported = embeddingsSupport(item.task, output)
      if (supported !== true) throw new Error(`the plan should have refused this: ${supported}`)
      const references = framesOf(item)
      if (references.length === 0) throw new SampleError('no_image', 'the item has no picture')
      const pictures = await Promise.all(references.map(openPicture))
      const encoded = (given: SentPicture) => encodePicture(common, identity.picture_input, given)
      const prompts = output === 'labels' ? promptsOf(choicesOf(item), identity.templates) : null
      const asked = prompts?.flatMap((label) => label.prompts) ?? given ?? taskOf(item.task).texts(item)
      const sent = await oneByOne([
        ...pictures.map(
          (picture) => () => send(item.id, encoded(picture), 1, 1, needsName(picture) ? encoded(named(picture)) : undefined),
        ),
        () => embedList(item.id, asked),
      ])
      const texts = sent.pop()!
      const image = { ...sent[0]!, vectors: [clipEmbedding(sent.map(({ vectors }) => vectors[0]!))] }
      const both = joinEmbedded([...sent, texts])
      return {
        output: prompts === null ? embeddingsOf(image, texts) : labelsOf(image, texts, prompts),
        calls: both.calls,
        stored: both.stored,
        outcome: 'answered',
        evidence: { pictures_sent: pictures.map(describeSent) },
        ...(both.usage && { usage: both.usage }),
      }
    },
  }
}

/**
 * Sends requests one after another. One whose answer comes later keeps none of the next from being submitted
 * with it.
 * @throws {SampleError} with the calls of the requests before it
 */
async function oneByOne(sends: readonly (() => Promise<Sent>)[]): Promise<Sent[]> {
  const sent: Sent[] = []
  let pending: AnswerPending | null = null
  for (const send of sends)
    try {
      sent.push(await send())
    } catch (error) {
      if (error instanceof SampleError) throw error.after(error.calls + callsOf(sent))
      if (!(error instanceof AnswerPending)) throw error
      pending = error
    }
  if (pending !== null) throw pending
  return sent
}

const callsOf = (parts: readonly Sent[]): number => parts.reduce((sum, { calls }) => sum + calls, 0)

function embeddingsOf({ vectors: [image] }: Sent, texts: Sent): Output {
  return { kind: 'embeddings', image: image!, texts: texts.vectors.map(unread) }
}

/** An endpoint does not say how much of a text it read. */
const unread = (vector: Float32Array): EmbeddedText => ({ vector, truncated: null, unknownTokens: null })

/** Vectors of labels by the list that they were made from, which a shard has once. */
const averaged = new WeakMap<readonly Float32Array[], readonly Float64Array[]>()

function labelsOf({ vectors: [image] }: Sent, { vectors }: Sent, prompts: readonly LabelPrompts[]): Output {
  const labels = averaged.get(vectors) ?? averagesOf(vectors, prompts)
  averaged.set(vectors, labels)
  return { kind: 'labels', ranked: nearestLabels(image!, labels, LABELS_KEPT), read: null }
}

/** @throws {SampleError} `endpoint_bad_response` for a label without a direction */
function averagesOf(vectors: readonly Float32Array[], prompts: readonly LabelPrompts[]): Float64Array[] {
  let at = 0
  return prompts.map(({ label, prompts: own }) => {
    const vector = labelEmbedding(vectors.slice(at, (at += own.length)))
    if (vector.every(Number.isFinite)) return vector
    throw new SampleError(
      'endpoint_bad_response',
      `the endpoint's embeddings of label ${JSON.stringify(label)} are zero, or cancel each other out`,
    )
  })
}

/** Whether an embeddings endpoint gives an output for a task: true, or a sentence with the reason why not. */
export function embeddingsSupport(task: TaskId, output: OutputKind): true | string {
  const { pictures, chooses = false } = taskOf(task)
  if (chooses && output === 'rotations') return UNORDERED
  if (output !== (chooses ? 'labels' : 'embeddings'))
    return `an endpoint of the kind embeddings gives embeddings, not ${output}; use an endpoint of the kind chat, or upload results`
  if (pictures !== 1) return `an endpoint of the kind embeddings embeds one picture per item, and ${task} items have ${pictures}`
  return true
}
