/**
 * The subject that runs elsewhere: a model behind an OpenAI-compatible endpoint, on a GPU of its own.
 * @module
 */
import { endpointUrl, secretsOfAddress } from '../../contracts/endpoint-address.ts'
import { Fault } from '../../contracts/failure.ts'
import type { ImageReference } from '../../contracts/item.ts'
import { type ReadImage, SampleError } from '../../contracts/model.ts'
import type { Predictor } from '../../contracts/predictor.ts'
import { isOf } from '../../tasks/task.ts'
import type { VqaItem } from '../../tasks/vqa/item.ts'
import { vqaPrompt } from '../../tasks/vqa/prompt.ts'
import { vqa } from '../../tasks/vqa/task.ts'
import { EgressError } from '../../egress/egress-error.ts'
import type { Egress, EgressRequest } from '../../egress/egress.ts'
import { encodeChatRequest, type Sampling } from './chat-request.ts'
import { type ChatCompletion, type ChatReading, observationOf, readChatBody } from './chat-response.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import { finalFailure } from './endpoint-failure.ts'
import { isRetryable, type Outcome, retryDelay } from './retry-policy.ts'

/** A chat completion of a short answer is a few kB. */
const MAX_RESPONSE_BYTES = 1024 * 1024

/**
 * For one item: all attempts and the waits between them. A shard of 32 items, four at a time, then ends within the 15 minutes that
 * a queue consumer may run: 32 / 4 rounds of 100 s.
 */
export const ITEM_BUDGET_MS = 100_000

export interface EndpointSubject {
  readonly endpoint: EndpointConfig
  readonly model: string
  /** A template as `tasks/vqa/prompt.ts` takes it. */
  readonly prompt: string
  readonly sampling: Sampling
}

export interface EndpointPredictorOptions extends EndpointSubject {
  readonly egress: Pick<Egress, 'fetch'>
  readonly readImage: ReadImage
  /** The bearer token that `endpoint.secret_name` names, or undefined where it names none. */
  readonly secret: string | undefined
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Uniform in [0, 1). Spreads retries; no score depends on it. */
  readonly random: () => number
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** {@link ITEM_BUDGET_MS} unless a shard has less time. */
  readonly budgetMilliseconds?: number
}

/**
 * Answers VQA items; a plan refuses it for every other task (`models/subject.ts`). Every way in which the endpoint can fail
 * ends as a `SampleError` once retries are used up: another try of the whole shard would only ask the same endpoint again. Only
 * a storage fault while reading the image passes through, for the shard to be retried.
 * @throws {Fault} `invalid` when the prompt is not a usable template
 */
export function createEndpointPredictor(options: EndpointPredictorOptions): Predictor {
  vqaPrompt.check(options.prompt, '/prompt')
  return {
    provides: ['answer'],
    concurrency: options.endpoint.concurrency,
    observe: async (item, needs) => (isOf(vqa, item) && needs.has('answer') ? ask(item, options) : {}),
  }
}

async function ask(item: VqaItem, options: EndpointPredictorOptions) {
  const { model, sampling, endpoint, secret } = options
  const image = await readStoredImage(item.image, options.readImage)
  const body = encodeChatRequest({ model, sampling, image, prompt: vqaPrompt.render(options.prompt, item) })
  const { completion, outcome, attempts } = await request(body, options)
  if (completion !== undefined) return { ...observationOf(completion, attempts), calls: attempts }
  const secrets = [...(secret === undefined ? [] : [secret]), ...secretsOfAddress(endpoint.base_url)]
  throw finalFailure(endpoint.name, outcome, attempts, secrets).after(attempts)
}

/** An image that is missing will be missing next time too: the sample's own failure. Anything else is storage's. */
async function readStoredImage(reference: ImageReference | null, readImage: ReadImage) {
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

/** Sends until an answer is final, attempts are used up, or the next one could not start within the budget. */
async function request(body: Uint8Array, options: EndpointPredictorOptions) {
  const { endpoint, egress, secret, sleep, random, now } = options
  const url = endpointUrl(endpoint.base_url, 'chat/completions')
  const deadline = now() + (options.budgetMilliseconds ?? ITEM_BUDGET_MS)
  const message: Omit<EgressRequest, 'limits'> = {
    purpose: 'endpoint',
    method: 'POST',
    headers: {
      ...lowerCaseNames(endpoint.headers),
      accept: 'application/json',
      'content-type': 'application/json',
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    },
    body,
  }
  for (let attempts = 1; ; attempts++) {
    const milliseconds = Math.max(1, Math.min(endpoint.timeout_ms, deadline - now()))
    const answered = await attempt(egress, url, { ...message, limits: { bytes: MAX_RESPONSE_BYTES, milliseconds } })
    const { completion, outcome } = read(answered, attempts)
    if (completion !== undefined) return { completion, outcome, attempts }
    if (!isRetryable(outcome) || attempts >= endpoint.max_attempts) return { outcome, attempts }
    const delay = retryDelay(outcome, attempts, now(), random)
    if (now() + delay >= deadline) return { outcome, attempts }
    await sleep(delay)
  }
}

/** The completion of an answer of status 2xx, or the error inside it. */
function read(answered: Outcome, attempts: number): { readonly completion?: ChatCompletion; readonly outcome: Outcome } {
  if ('error' in answered || answered.response.status < 200 || answered.response.status > 299) return { outcome: answered }
  const reading = readOrFail(answered.response.bytes, attempts)
  if ('completion' in reading) return { completion: reading.completion, outcome: answered }
  return { outcome: { response: answered.response, reported: reading.reported } }
}

function readOrFail(bytes: Uint8Array, attempts: number): ChatReading {
  try {
    return readChatBody(bytes)
  } catch (error) {
    throw error instanceof SampleError ? error.after(attempts) : error
  }
}

/** Header names know no case, but keys of an object do: so that ours replace theirs instead of joining them. */
function lowerCaseNames(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Keeps a query: some providers have their `api-version` there. */
async function attempt(egress: EndpointPredictorOptions['egress'], url: URL, message: EgressRequest): Promise<Outcome> {
  try {
    return { response: await egress.fetch(url, message) }
  } catch (error) {
    if (error instanceof EgressError) return { error }
    throw error
  }
}
