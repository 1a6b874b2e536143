/**
 * One answer from an endpoint, with retries. Every kind of endpoint model calls through here.
 * @module
 */
import { secretsOfAddress } from '../../contracts/endpoint-address.ts'
import { SampleError } from '../../contracts/model.ts'
import { finalFailure } from './endpoint-failure.ts'
import type { ReportedError } from './reported-error.ts'
import { isRetryable, type Outcome, retryDelay } from './retry-policy.ts'
import { createSender, type Endpoint, type EndpointMessage, type SenderParts, type SendRequest } from './send-request.ts'

/**
 * Milliseconds for one item: all attempts and the waits between them. So a shard of 32 items, four at a time,
 * ends within the 15 minutes of a queue consumer: 32 / 4 rounds of 100 s.
 */
const ITEM_BUDGET_MS = 100_000

/** The content of a body with a success status. */
export type Reading<Answer> = { readonly answer: Answer } | { readonly reported: ReportedError }

export interface EndpointRequest<Answer> extends EndpointMessage {
  /**
   * Reads a body with a success status. Pure, so a stored body gives the same answer.
   * @throws {SampleError} `endpoint_bad_response` for a body of another shape
   */
  readonly read: (body: Uint8Array) => Reading<Answer>
}

export interface EndpointReply<Answer> {
  readonly answer: Answer
  /** Requests sent, including retries. */
  readonly calls: number
}

/** @throws {SampleError} once no attempt is left: a final failure of the item, with the number of calls */
export type CallEndpoint = <Answer>(request: EndpointRequest<Answer>) => Promise<EndpointReply<Answer>>

/** Time, as far as retries need it. */
export interface RetryParts {
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Uniform in [0, 1). Spreads retries; no score depends on it. */
  readonly random: () => number
  /** Unix milliseconds. */
  readonly now: () => number
}

export interface CallerParts extends RetryParts, SenderParts {
  readonly endpoint: Endpoint
  /** Default: {@link createSender}. */
  readonly send?: SendRequest
  /** Default: {@link ITEM_BUDGET_MS}. Less if the shard has less time. */
  readonly budgetMilliseconds?: number
}

/**
 * Calls until an answer is final, no attempts are left, or the next attempt could not start within the
 * budget.
 */
export function createCaller(parts: CallerParts): CallEndpoint {
  const { endpoint, secret, sleep, random, now } = parts
  const send = parts.send ?? createSender(parts)
  const secrets = [...(secret === undefined ? [] : [secret]), ...secretsOfAddress(endpoint.baseUrl)]
  return async (request) => {
    const deadline = now() + (parts.budgetMilliseconds ?? ITEM_BUDGET_MS)
    for (let calls = 1; ; calls++) {
      const milliseconds = Math.max(1, Math.min(endpoint.timeoutMs, deadline - now()))
      const received = read(await send(request, milliseconds), request.read, calls)
      if ('answer' in received) return { answer: received.answer, calls }
      const { outcome } = received
      const delay = retryDelay(outcome, calls, now(), random)
      const final = !isRetryable(outcome) || calls >= endpoint.maxAttempts || now() + delay >= deadline
      if (final) throw finalFailure(endpoint.name, outcome, calls, secrets).after(calls)
      await sleep(delay)
    }
  }
}

/** The answer in a 2xx response, or the failure: its status, or the error inside it. */
function read<Answer>(
  sent: Outcome,
  readBody: EndpointRequest<Answer>['read'],
  calls: number,
): { readonly answer: Answer } | { readonly outcome: Outcome } {
  if ('error' in sent || sent.response.status < 200 || sent.response.status > 299) return { outcome: sent }
  const { response } = sent
  try {
    const reading = readBody(response.bytes)
    return 'answer' in reading ? reading : { outcome: { response, reported: reading.reported } }
  } catch (error) {
    throw error instanceof SampleError ? error.after(calls) : error
  }
}
