/**
 * A model behind an OpenAI-compatible endpoint for chat completions.
 * @module
 */
import { perConsumer } from '../../../contracts/endpoint.ts'
import { choicesOf, type Item, type TaskId } from '../../../contracts/item.ts'
import {
  AnswerPending,
  type ChatIdentity,
  type Model,
  type ModelAnswer,
  type OutputKind,
  type ProposedSegment,
  type ReadImage,
  SampleError,
} from '../../../contracts/model.ts'
import { isStored, type PromptMessage, type PromptPart } from '../../../contracts/prompt.ts'
import type { Prompt } from '../../../tasks/prompt.ts'
import { taskOf } from '../../../tasks/registry.ts'
import { fillPrompt } from '../../fill-prompt.ts'
import type { CallEndpoint } from '../call-endpoint.ts'
import { callsOf, probabilitiesOf, rotationsOf } from './joined-answers.ts'
import { readAddress } from '../addressed-picture.ts'
import type { Endpoint } from '../send-request.ts'
import { describeSent, named, needsName, type OpenPicture } from '../picture-policy.ts'
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
  /** Default: the bytes of a stored picture. */
  readonly openPicture?: OpenPicture
}

/**
 * Every failure of the endpoint becomes a `SampleError` once retries are used up: retrying the whole shard
 * would ask the same endpoint again. A fault of storage while reading the image is thrown unchanged, and the
 * shard is retried.
 */
export function createChatModel(parts: ChatModelParts): Model {
  return {
    identity: parts.identity,
    concurrency: perConsumer(parts.endpoint),
    supports: chatSupports,
    async run({ item, output, messages }) {
      if (messages !== undefined && output === 'text') return ask(item, messages, parts)
      const supported = chatSupports(item.task, output)
      const { prompt, fits } = taskOf(item.task)
      if (supported === true && output === 'probabilities' && fits !== undefined) return judgeTexts(item, fits, parts)
      if (supported === true && output === 'rotations') return askRotations(item, parts)
      if (supported !== true || prompt === null) throw new Error(`the plan should have refused this: ${supported}`)
      const answer = asRead(await ask(item, fillPrompt(item, prompt, parts.identity.prompt), parts), prompt, item)
      if (output === 'segments') return asSegments(answer)
      return output === 'labels' ? asLabels(answer, item) : answer
    },
  }
}

/** The way to score outputs that are not text. */
const INSTEAD: Partial<Record<OutputKind, string>> = {
  embeddings: 'use an endpoint of the kind embeddings or an edge_model',
  labels: 'use an endpoint of the kind embeddings or an edge_model',
  rotations: 'use the criterion without circular',
  score: 'upload the scores and use the subject "scores"',
}

/** Whether a chat endpoint gives an output for a task: true, or a sentence with the reason why not. */
export function chatSupports(task: TaskId, output: OutputKind): true | string {
  const { chooses = false, fits, locates = false, prompt, rotated } = taskOf(task)
  if (fits !== undefined && output === 'probabilities') return true
  if (rotated !== undefined && output === 'rotations') return true
  if (output !== 'text' && !(chooses && output === 'labels') && !(locates && output === 'segments'))
    return `a chat endpoint answers with text, not ${output}; ${INSTEAD[output] ?? 'upload the output of the model'}`
  if (prompt !== null) return true
  return `a chat endpoint has no prompt for ${task} datasets; upload the model's answers and use the subject "results"`
}

/** The answer as its task reads it. The evidence keeps the whole text as `content`. */
function asRead(answer: ModelAnswer, prompt: Prompt, item: Item): ModelAnswer {
  const { output } = answer
  if (output.kind !== 'text' || output.text === null) return answer
  const reading = prompt.read(output.text, item)
  const text = 'answer' in reading ? { text: reading.answer } : { text: null, unanswered: reading.unreadable }
  const { yesProbability, toolCalls } = output
  const kept = { ...(yesProbability !== undefined && { yesProbability }), ...(toolCalls !== undefined && { toolCalls }) }
  return { ...answer, output: { kind: 'text', ...text, ...kept } }
}

/** A label in words as a place among the choices of its item. */
function asLabels(answer: ModelAnswer, item: Item): ModelAnswer {
  const { output } = answer
  if (output.kind !== 'text') return answer
  const { text, unanswered } = output
  const index = choicesOf(item).findIndex(({ label }) => label === text)
  const ranked = index < 0 ? null : [{ index, cosine: null }]
  return { ...answer, output: { kind: 'labels', ranked, ...(unanswered !== undefined && { unanswered }) } }
}

/** Timed steps, of which the task reads the JSON. */
function asSegments(answer: ModelAnswer): ModelAnswer {
  const { output } = answer
  if (output.kind !== 'text') return answer
  const { text, unanswered } = output
  const segments = text === null ? null : (JSON.parse(text) as ProposedSegment[])
  return { ...answer, output: { kind: 'segments', segments, ...(unanswered !== undefined && { unanswered }) } }
}

async function ask(
  item: Item,
  messages: readonly PromptMessage[],
  { identity, call, readImage, logprobs, openPicture = (image) => readPicture(image, readImage) }: ChatModelParts,
): Promise<ModelAnswer> {
  const { model, sampling } = identity
  const sent = await withPictures(messages, { readImage, openPicture })
  const encoded = (given: readonly ChatMessage[]) =>
    encodeChatRequest({ model, sampling, messages: given, ...(logprobs && { topLogprobs: TOP_LOGPROBS }) })
  const pictures = sent.flatMap(({ content }) => content.flatMap((part) => (part.type === 'image' ? [part.image] : [])))
  const { answer, calls, stored } = await call({
    path: 'chat/completions',
    body: encoded(sent),
    ...(pictures.some(needsName) && { keyBody: encoded(sent.map(withNames)) }),
    item: item.id,
    deterministic: sampling.temperature === 0 || sampling.seed !== undefined,
    maxCompletionTokens: sampling.max_completion_tokens ?? null,
    images: pictures.length,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    read: readChatBody,
  })
  const answered = answerOf(answer, calls)
  if (pictures.length === 0) return { ...answered, stored }
  return { ...answered, stored, evidence: { ...answered.evidence, pictures_sent: pictures.map(describeSent) } }
}

/** Asks of each text of an item whether it fits the picture. */
async function judgeTexts(item: Item, fits: Prompt, parts: ChatModelParts): Promise<ModelAnswer> {
  const asked = taskOf(item.task)
    .texts(item)
    .map((text) => ({ ...item, text }))
  return probabilitiesOf(await askEach(asked, fits, parts))
}

/** Asks an item as often as it has options, each time with another one first. */
async function askRotations(item: Item, parts: ChatModelParts): Promise<ModelAnswer> {
  const { prompt, rotated } = taskOf(item.task)
  const asked = (item.options ?? []).map((_, by) => rotated!(item, by))
  return rotationsOf(await askEach(asked, prompt!, parts), item.options ?? [])
}

/**
 * Asks items one after another. One whose answer comes later keeps none of the next from being submitted with
 * it.
 */
async function askEach(items: readonly Item[], prompt: Prompt, parts: ChatModelParts): Promise<ModelAnswer[]> {
  const answers: ModelAnswer[] = []
  let pending: AnswerPending | null = null
  for (const item of items) {
    try {
      answers.push(asRead(await ask(item, fillPrompt(item, prompt, parts.identity.prompt), parts), prompt, item))
    } catch (error) {
      if (error instanceof SampleError) throw error.after(error.calls + callsOf(answers))
      if (!(error instanceof AnswerPending)) throw error
      pending = error
    }
  }
  if (pending !== null) throw pending
  return answers
}

/** With addresses that are the same each time. */
const withNames = ({ role, content }: ChatMessage): ChatMessage => ({
  role,
  content: content.map((part) => (part.type === 'image' ? { ...part, image: named(part.image) } : part)),
})

/** With the bytes of stored pictures, or their addresses. */
function withPictures(
  messages: readonly PromptMessage[],
  { readImage, openPicture }: { readonly readImage: ReadImage; readonly openPicture: OpenPicture },
): Promise<ChatMessage[]> {
  const partOf = async (part: PromptPart): Promise<ChatPart> => {
    if (part.type === 'text') return part
    const { image } = part
    return { type: 'image', image: await (isStored(image) ? openPicture(image) : readAddress(image.url, readImage)) }
  }
  return Promise.all(messages.map(async ({ role, content }) => ({ role, content: await Promise.all(content.map(partOf)) })))
}
