/**
 * A model behind an OpenAI-compatible endpoint for chat completions.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { Item, TaskId } from '../../../contracts/item.ts'
import {
  type ChatIdentity,
  type Model,
  type ModelAnswer,
  type OutputKind,
  type ReadImage,
  SampleError,
} from '../../../contracts/model.ts'
import { isStored, type PromptMessage, type PromptPart, type PromptTemplate } from '../../../contracts/prompt.ts'
import type { Prompt } from '../../../tasks/prompt.ts'
import { taskOf } from '../../../tasks/registry.ts'
import type { CallEndpoint } from '../call-endpoint.ts'
import { readAddress } from '../addressed-picture.ts'
import type { Endpoint } from '../send-request.ts'
import { readPicture } from '../stored-picture.ts'
import { type ChatMessage, type ChatPart, encodeChatRequest } from './chat-request.ts'
import { answerOf, readChatBody } from './chat-response.ts'

/** A chat completion of a short answer is a few kB. */
const MAX_RESPONSE_BYTES = 1024 * 1024

/** The most that OpenAI gives. */
const TOP_LOGPROBS = 20

export interface ChatModelParts {
  /** Its prompt is a template checked by `tasks/prompt.ts`. */
  readonly identity: ChatIdentity
  readonly endpoint: Pick<Endpoint, 'concurrency'>
  readonly call: CallEndpoint
  /** Whether log-probabilities are asked for: the likeliest first tokens. */
  readonly logprobs?: boolean
  readonly readImage: ReadImage
}

/**
 * Every failure of the endpoint becomes a `SampleError` once retries are used up: retrying the whole shard
 * would ask the same endpoint again. A fault of storage while reading the image is thrown unchanged, and the
 * shard is retried.
 */
export function createChatModel(parts: ChatModelParts): Model {
  return {
    identity: parts.identity,
    concurrency: parts.endpoint.concurrency,
    supports: chatSupports,
    async run({ item, output, messages }) {
      if (messages !== undefined && output === 'text') return ask(item, messages, parts)
      const supported = chatSupports(item.task, output)
      const { prompt } = taskOf(item.task)
      if (supported !== true || prompt === null) throw new Error(`the plan should have refused this: ${supported}`)
      return asRead(await ask(item, promptOf(item, prompt, parts.identity.prompt), parts), prompt)
    },
  }
}

/** The way to score outputs that are not text. */
const INSTEAD: Partial<Record<OutputKind, string>> = {
  embeddings: 'use an endpoint of the kind embeddings or an edge_model',
  segments: 'videos are not sent to endpoints, so upload the model’s results and use the subject "results"',
  score: 'upload the scores and use the subject "scores"',
}

/** Whether a chat endpoint gives an output for a task: true, or a sentence with the reason why not. */
export function chatSupports(task: TaskId, output: OutputKind): true | string {
  if (output !== 'text')
    return `a chat endpoint answers with text, not ${output}; ${INSTEAD[output] ?? 'upload the output of the model'}`
  if (taskOf(task).prompt !== null) return true
  return `a chat endpoint has no prompt for ${task} datasets; upload the model's answers and use the subject "results"`
}

/** The answer as its task reads it. The evidence keeps the whole text as `content`. */
function asRead(answer: ModelAnswer, { read }: Prompt): ModelAnswer {
  const { output } = answer
  if (output.kind !== 'text' || output.text === null) return answer
  const reading = read(output.text)
  const text = 'answer' in reading ? { text: reading.answer } : { text: null, unanswered: reading.unreadable }
  return { ...answer, output: { kind: 'text', ...text } }
}

async function ask(
  item: Item,
  messages: readonly PromptMessage[],
  { identity, call, readImage, logprobs }: ChatModelParts,
): Promise<ModelAnswer> {
  const { model, sampling } = identity
  const body = encodeChatRequest({
    model,
    sampling,
    messages: await withPictures(messages, readImage),
    ...(logprobs && { topLogprobs: TOP_LOGPROBS }),
  })
  const { answer, calls, stored } = await call({
    path: 'chat/completions',
    body,
    item: item.id,
    deterministic: sampling.temperature === 0 || sampling.seed !== undefined,
    maxCompletionTokens: sampling.max_completion_tokens ?? null,
    images: picturesIn(messages),
    maxResponseBytes: MAX_RESPONSE_BYTES,
    read: readChatBody,
  })
  return { ...answerOf(answer, calls), stored }
}

/** The default prompt of an item, or the run's template, filled. */
function promptOf(item: Item, prompt: Prompt, template: PromptTemplate): PromptMessage[] {
  if (prompt.needsPicture && (item.image ?? item.images ?? null) === null)
    throw new SampleError('no_image', 'the item has no picture')
  try {
    return prompt.render(template, item)
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    throw new SampleError('prompt_not_filled', `the prompt cannot be filled for this item: ${cause.message}`, { cause })
  }
}

const picturesIn = (messages: readonly PromptMessage[]): number =>
  messages.flatMap(({ content }) => content).filter(({ type }) => type === 'image').length

/** With the bytes of stored pictures. */
function withPictures(messages: readonly PromptMessage[], readImage: ReadImage): Promise<ChatMessage[]> {
  const partOf = async (part: PromptPart): Promise<ChatPart> => {
    if (part.type === 'text') return part
    const { image } = part
    return { type: 'image', image: await (isStored(image) ? readPicture(image, readImage) : readAddress(image.url, readImage)) }
  }
  return Promise.all(messages.map(async ({ role, content }) => ({ role, content: await Promise.all(content.map(partOf)) })))
}
