/**
 * A model behind an OpenAI-compatible endpoint.
 * @module
 */
import { secretsOfAddress } from '../../contracts/endpoint-address.ts'
import { Fault } from '../../contracts/failure.ts'
import { type ImageReference, type Item, pictureOf, type TaskId } from '../../contracts/item.ts'
import {
  type Model,
  type ModelAnswer,
  type ModelIdentityOf,
  type OutputKind,
  type ReadImage,
  SampleError,
} from '../../contracts/model.ts'
import type { Prompt } from '../../tasks/prompt.ts'
import { taskOf } from '../../tasks/registry.ts'
import { callChat, type ChatCallParts } from './chat-call.ts'
import { encodeChatRequest } from './chat-request.ts'
import { answerOf } from './chat-response.ts'
import { finalFailure } from './endpoint-failure.ts'

export interface EndpointModelParts extends ChatCallParts {
  /** Its prompt is a template checked by `tasks/prompt.ts`. */
  readonly identity: ModelIdentityOf<'endpoint'>
  readonly readImage: ReadImage
}

/**
 * Every failure of the endpoint becomes a `SampleError` once retries are used up: retrying the whole shard
 * would ask the same endpoint again. A fault of storage while reading the image is thrown unchanged, and the
 * shard is retried.
 */
export function createEndpointModel(parts: EndpointModelParts): Model {
  return {
    identity: parts.identity,
    concurrency: parts.endpoint.concurrency,
    supports: endpointSupports,
    async run({ item, output }) {
      const supported = endpointSupports(item.task, output)
      const { prompt } = taskOf(item.task)
      if (supported !== true || prompt === null) throw new Error(`the plan should have refused this: ${supported}`)
      return ask(item, prompt, parts)
    },
  }
}

/** Whether an endpoint gives an output for a task: true, or a sentence with the reason why not. */
export function endpointSupports(task: TaskId, output: OutputKind): true | string {
  if (output !== 'text') return `an endpoint answers with text, not ${output}`
  if (taskOf(task).prompt !== null) return true
  const [what, type] = task === 'retrieval' ? ['scores', 'scores'] : ['results', 'results']
  return (
    `an endpoint answers questions about pictures (vqa datasets), and this dataset is ${task}; ` +
    `upload the model's ${what} and use the subject "${type}"`
  )
}

async function ask(item: Item, prompt: Prompt, parts: EndpointModelParts): Promise<ModelAnswer> {
  const { identity, endpoint, secret, readImage } = parts
  const { model, sampling } = identity
  const image = await readStored(pictureOf(item), readImage)
  const body = encodeChatRequest({ model, sampling, image, prompt: prompt.render(identity.prompt, item) })
  const { completion, outcome, attempts } = await callChat(body, parts)
  if (completion !== undefined) return answerOf(completion, attempts)
  const secrets = [...(secret === undefined ? [] : [secret]), ...secretsOfAddress(endpoint.baseUrl)]
  throw finalFailure(endpoint.name, outcome, attempts, secrets).after(attempts)
}

/** A missing or damaged image fails its own sample. Any other failure is storage's. */
async function readStored(reference: ImageReference | null, readImage: ReadImage) {
  if (reference === null) throw new SampleError('no_image', 'the item has no picture')
  try {
    return { mediaType: reference.media_type, bytes: await readImage(reference) }
  } catch (cause) {
    if (cause instanceof Fault && cause.failure.kind === 'damaged')
      throw new SampleError('image_damaged', cause.message, { cause })
    if (!(cause instanceof Fault) || cause.failure.kind !== 'not_found') throw cause
    throw new SampleError('image_missing', `the image ${reference.sha256} is no longer stored`, { cause })
  }
}
