/**
 * One chat completion from an endpoint, with retries.
 * @module
 */
import { endpointUrl } from '../../contracts/endpoint-address.ts'
import { SampleError } from '../../contracts/model.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { EgressError } from '../../egress/egress-error.ts'
import type { Egress, EgressRequest } from '../../egress/egress.ts'
import { type ChatCompletion, type ChatReading, readChatBody } from './chat-response.ts'
import { isRetryable, type Outcome, retryDelay } from './retry-policy.ts'

/** A chat completion of a short answer is a few kB. */
const MAX_RESPONSE_BYTES = 1024 * 1024

/**
 * Milliseconds for one item: all attempts and the waits between them. So a shard of 32 items, four at a time,
 * ends within the 15 minutes of a queue consumer: 32 / 4 rounds of 100 s.
 */
const ITEM_BUDGET_MS = 100_000

/**
 * An endpoint as an administrator configured it. Runs refer to it by name, so a run cannot send its secret to
 * another address.
 */
export type Endpoint = Pick<EndpointRecord, 'name' | 'baseUrl' | 'timeoutMs' | 'maxAttempts' | 'concurrency'>

export interface ChatCallParts {
  readonly endpoint: Endpoint
  readonly egress: Pick<Egress, 'fetch'>
  /** The bearer token; undefined if the endpoint needs none. */
  readonly secret: string | undefined
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Uniform in [0, 1). Spreads retries; no score depends on it. */
  readonly random: () => number
  /** Unix milliseconds. */
  readonly now: () => number
  /** Default: {@link ITEM_BUDGET_MS}. Less if the shard has less time. */
  readonly budgetMilliseconds?: number
}

export interface ChatCall {
  /** Absent if every attempt failed; `outcome` is then the last failure. */
  readonly completion?: ChatCompletion
  readonly outcome: Outcome
  readonly attempts: number
}

/**
 * Sends until an answer is final, no attempts are left, or the next attempt could not start within the
 * budget.
 * @param body - JSON of the request
 * @throws {SampleError} `endpoint_bad_response` for a success that is not a chat completion
 */
export async function callChat(body: Uint8Array, parts: ChatCallParts): Promise<ChatCall> {
  const { endpoint, egress, secret, sleep, random, now } = parts
  // The base address keeps its query: some providers have their `api-version` there.
  const url = endpointUrl(endpoint.baseUrl, 'chat/completions')
  const deadline = now() + (parts.budgetMilliseconds ?? ITEM_BUDGET_MS)
  const message: Omit<EgressRequest, 'limits'> = {
    purpose: 'endpoint',
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    },
    body,
  }
  for (let attempts = 1; ; attempts++) {
    const milliseconds = Math.max(1, Math.min(endpoint.timeoutMs, deadline - now()))
    const sent = await send(egress, url, { ...message, limits: { bytes: MAX_RESPONSE_BYTES, milliseconds } })
    const { completion, outcome } = read(sent, attempts)
    if (completion !== undefined) return { completion, outcome, attempts }
    if (!isRetryable(outcome) || attempts >= endpoint.maxAttempts) return { outcome, attempts }
    const delay = retryDelay(outcome, attempts, now(), random)
    if (now() + delay >= deadline) return { outcome, attempts }
    await sleep(delay)
  }
}

async function send(egress: ChatCallParts['egress'], url: URL, message: EgressRequest): Promise<Outcome> {
  try {
    return { response: await egress.fetch(url, message) }
  } catch (error) {
    if (error instanceof EgressError) return { error }
    throw error
  }
}

/** The completion in a 2xx answer, or the error inside it. */
function read(sent: Outcome, attempts: number): Pick<ChatCall, 'completion' | 'outcome'> {
  if ('error' in sent || sent.response.status < 200 || sent.response.status > 299) return { outcome: sent }
  const reading = readOrFail(sent.response.bytes, attempts)
  if ('completion' in reading) return { completion: reading.completion, outcome: sent }
  return { outcome: { response: sent.response, reported: reading.reported } }
}

function readOrFail(bytes: Uint8Array, attempts: number): ChatReading {
  try {
    return readChatBody(bytes)
  } catch (error) {
    throw error instanceof SampleError ? error.after(attempts) : error
  }
}
