/**
 * A probe of an endpoint: one small request per capability, sent once. Its results say what works, and why
 * the rest does not.
 * @module
 */
import { type EndpointKind, type EndpointSettings, requestsOf } from '../../../contracts/endpoint.ts'
import { SampleError } from '../../../contracts/model.ts'
import type { Sampling } from '../../../contracts/sampling.ts'
import { type CallEndpoint, createCaller, secretsOf } from '../call-endpoint.ts'
import { type ChatPart, encodeChatRequest } from '../chat/chat-request.ts'
import { answerOf, type ChatCompletion, readChatBody } from '../chat/chat-response.ts'
import { encodePicture, encodeTexts } from '../embeddings/embeddings-request.ts'
import { type Embedded, readEmbeddings } from '../embeddings/embeddings-response.ts'
import type { Endpoint } from '../send-request.ts'
import { type DeferredProbeParts, probeBatch, probeJob } from './probe-deferred.ts'
import { BLUE, RED } from './probe-pictures.ts'

/** Asked directly. @internal */
export const DIRECT_CAPABILITIES = ['chat', 'image', 'two_images', 'logprobs', 'text_embeddings', 'image_embeddings'] as const
export const CAPABILITIES = [...DIRECT_CAPABILITIES, 'batch', 'job'] as const
export type Capability = (typeof CAPABILITIES)[number]

export interface ProbeResult {
  readonly capability: Capability
  readonly works: boolean
  /** A sentence: what came back, or why nothing did. */
  readonly reason: string
  /** Code of the failure, as runs record it; null if it works. */
  readonly code: string | null
}

export interface ProbeParts extends Omit<DeferredProbeParts, 'endpoint' | 'secrets'> {
  readonly endpoint: Endpoint & { readonly kind: EndpointKind; readonly settings: EndpointSettings }
  readonly model: string
}

const MAX_RESPONSE_BYTES = 1024 * 1024
/** Room for a short answer, also of a model that thinks a little. */
const SAMPLING: Sampling = { max_completion_tokens: 64 }
const MOST_OF_AN_ANSWER = 80

/** A person waits for the answer, so an endpoint that needs longer is told to be slow. */
const MOST_MILLISECONDS = 15_000

/**
 * Six requests, at once, each for at most 15 s. An endpoint of the kind batch also gets a batch of one
 * request. A worker of jobs is only asked for a job that it does not have.
 */
export async function probeEndpoint(parts: ProbeParts): Promise<ProbeResult[]> {
  const timeoutMs = Math.min(parts.endpoint.timeoutMs, MOST_MILLISECONDS)
  const call = createCaller({ ...parts, endpoint: { ...parts.endpoint, maxAttempts: 1, timeoutMs } })
  const { model } = parts
  const deferred = {
    ...parts,
    endpoint: { ...parts.endpoint, maxAttempts: 1, timeoutMs },
    secrets: secretsOf(parts.endpoint, parts.secret),
  }
  if (parts.endpoint.kind === 'job') return [await tried('job', () => probeJob(deferred))]
  const { images: shape, encoding } = parts.endpoint.settings.embeddings
  const common = { model, encoding }
  const chat = (capability: Capability, content: readonly ChatPart[]) =>
    tried(capability, async () => saidBy(await complete(call, model, content)))
  const embed = (capability: Capability, body: Uint8Array) =>
    tried(capability, async () => {
      const embedded = await ask(call, 'embeddings', body, (bytes) => readEmbeddings(bytes, 1))
      return `a vector of ${lengthOf(embedded)} numbers came back`
    })
  return Promise.all([
    chat('chat', [text('Answer with one word: which colour has grass?')]),
    chat('image', [image(RED), text('Answer with one word: which colour has this picture?')]),
    chat('two_images', [image(RED), image(BLUE), text('Answer with two words: which colours have these pictures?')]),
    tried('logprobs', async () => {
      const completion = await complete(call, model, [text('Is water wet? Answer with yes or no.')], { topLogprobs: 5 })
      const [first] = completion.choices[0]!.logprobs?.content ?? []
      if (first === undefined) throw new SampleError('no_logprobs', 'the answer has no log-probabilities')
      return `log-probabilities of ${first.top_logprobs.length} tokens came back`
    }),
    embed('text_embeddings', encodeTexts(common, ['a red square'])),
    embed('image_embeddings', encodePicture(common, shape, RED)),
    ...(parts.endpoint.kind === 'batch' ? [tried('batch', () => probeBatch(deferred, ...batched()))] : []),
  ])

  function batched(): [path: string, body: Uint8Array] {
    if (requestsOf(parts.endpoint) === 'embeddings') return ['embeddings', encodeTexts(common, ['a red square'])]
    return ['chat/completions', chatBody(model, [text('Answer with one word: which colour has grass?')])]
  }
}

const text = (words: string): ChatPart => ({ type: 'text', text: words })
const image = (picture: typeof RED): ChatPart => ({ type: 'image', image: picture })
const lengthOf = ({ vectors }: Embedded): number => vectors[0]!.length

function complete(
  call: CallEndpoint,
  model: string,
  content: readonly ChatPart[],
  more: { readonly topLogprobs?: number } = {},
): Promise<ChatCompletion> {
  return ask(call, 'chat/completions', chatBody(model, content, more), readChatBody)
}

const chatBody = (model: string, content: readonly ChatPart[], more: { readonly topLogprobs?: number } = {}): Uint8Array =>
  encodeChatRequest({ model, sampling: SAMPLING, messages: [{ role: 'user', content }], ...more })

async function ask<Answer>(
  call: CallEndpoint,
  path: string,
  body: Uint8Array,
  read: Parameters<typeof call<Answer>>[0]['read'],
): Promise<Answer> {
  // Outside a run nothing is kept, counted or paid from a budget.
  const unpaid = { item: '', deterministic: false, maxCompletionTokens: null, images: 0 }
  return (await call<Answer>({ ...unpaid, path, body, maxResponseBytes: MAX_RESPONSE_BYTES, read })).answer
}

/** @throws {SampleError} `no_answer` */
function saidBy(completion: ChatCompletion): string {
  const { output } = answerOf(completion, 1)
  if (output.kind !== 'text' || output.text === null)
    throw new SampleError('no_answer', output.kind === 'text' ? (output.unanswered ?? 'no answer') : 'no answer')
  const said = output.text.trim().replace(/\s+/g, ' ')
  return `it answered ${JSON.stringify(said.length > MOST_OF_AN_ANSWER ? `${said.slice(0, MOST_OF_AN_ANSWER).toWellFormed()}…` : said)}`
}

async function tried(capability: Capability, action: () => Promise<string>): Promise<ProbeResult> {
  try {
    return { capability, works: true, reason: await action(), code: null }
  } catch (error) {
    if (error instanceof SampleError) return { capability, works: false, reason: error.message, code: error.code }
    throw error
  }
}
