/**
 * One answer from an endpoint. Every kind of endpoint model calls through here.
 *
 * A stored answer costs nothing. Otherwise each attempt waits for its turn, writes its intent, is sent, and
 * is settled: see `ledger/call-account.ts` and `pacing/pacer.ts`.
 * @module
 */
import { secretsOfAddress } from '../../contracts/endpoint-address.ts'
import { SampleError, type TokenUsage } from '../../contracts/model.ts'
import { finalFailure } from './endpoint-failure.ts'
import { type CallAccount, type OpenCall, type PaidRequest, type Purchase, UNPAID } from './ledger/call-account.ts'
import { type Pacer, UNPACED } from './pacing/pacer.ts'
import type { ReportedError } from './reported-error.ts'
import { isRetryable, type Outcome, retryDelay } from './retry-policy.ts'
import { createSender, type Endpoint, type EndpointMessage, type SenderParts, type SendRequest } from './send-request.ts'

/**
 * Milliseconds for one item: all attempts and the waits between them, but not the waits for a turn. So a
 * shard of 32 items, four at a time, ends within the 15 minutes of a queue consumer: 32 / 4 rounds of 100 s.
 */
const ITEM_BUDGET_MS = 100_000

/** The content of a body with a success status. */
export type Reading<Answer> =
  | { readonly answer: Answer; readonly usage?: TokenUsage | null | undefined }
  | { readonly reported: ReportedError }

export interface EndpointRequest<Answer> extends EndpointMessage, PaidRequest {
  /**
   * Reads a body with a success status. Pure, so a stored body gives the same answer.
   * @throws {SampleError} `endpoint_bad_response` for a body of another shape: it is asked again
   */
  readonly read: (body: Uint8Array) => Reading<Answer>
}

export interface EndpointReply<Answer> {
  readonly answer: Answer
  /** Requests sent, including retries; 0 for a stored answer. */
  readonly calls: number
  /** The answer was stored before: this item paid nothing for it. */
  readonly stored: boolean
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
  /** Default: nothing is kept or counted. */
  readonly account?: CallAccount
  /** Default: no request waits. */
  readonly pacer?: Pacer
}

/**
 * Calls until an answer is final, no attempts are left, or the next attempt could not start within the
 * budget.
 */
export function createCaller(parts: CallerParts): CallEndpoint {
  const send = parts.send ?? createSender(parts)
  const secrets = secretsOf(parts.endpoint, parts.secret)
  return (request) =>
    untilAnswered(parts, request, async (milliseconds) =>
      readOutcome(await send(request, milliseconds), request.read, secrets),
    ) as Promise<EndpointReply<never>>
}

/** One attempt: its end, or an answer that has begun. Its reader then settles the call. */
export type Attempt<Answer, Begun> = (milliseconds: number) => Promise<Answered<Answer> | Failed | { readonly begun: Begun }>

export interface BegunReply<Begun> {
  readonly begun: Begun
  readonly call: OpenCall
  readonly calls: number
}

/** @throws {SampleError} once no attempt is left */
export async function untilAnswered<Answer, Begun = never>(
  parts: Omit<CallerParts, 'egress' | 'send'>,
  request: EndpointRequest<Answer>,
  attempt: Attempt<Answer, Begun>,
): Promise<EndpointReply<Answer> | BegunReply<Begun>> {
  const { endpoint, secret, sleep, random, now, account = UNPAID, pacer = UNPACED } = parts
  const secrets = secretsOf(endpoint, secret)
  const purchase = await account.open(request)
  let deadline = now() + (parts.budgetMilliseconds ?? ITEM_BUDGET_MS)
  for (let calls = 0; ;) {
    const kept = await purchase.kept()
    if (kept !== null) return { answer: answerIn(request.read(kept)), calls, stored: true }
    const turn = now()
    await pacer.takeTurn(calls === 0)
    deadline += now() - turn
    const call = await begin(purchase, pacer)
    if (call === null) {
      await pacer.returnTurn()
      continue
    }
    calls++
    const milliseconds = Math.max(1, Math.min(endpoint.timeoutMs, deadline - now()))
    const received = await attempt(milliseconds).catch(async (error: unknown) => {
      // No report follows, and others wait for its turn.
      await pacer.returnTurn()
      throw error
    })
    if ('begun' in received) return { begun: received.begun, call, calls }
    await pacer.report(received.outcome, received.usage, request.item)
    if ('answer' in received) return { answer: await settle(call, request, received), calls, stored: false }
    const failure = received.malformed ?? finalFailure(endpoint.name, received.outcome, calls, secrets)
    await settleFailure(call, received, failure)
    const delay = retryDelay(received.outcome, calls, now(), random)
    const retryable = received.malformed !== undefined || isRetryable(received.outcome)
    if (!retryable || calls >= endpoint.maxAttempts || now() + delay >= deadline) throw failure.after(calls)
    await sleep(delay)
  }
}

/** Texts that an endpoint must not say back to readers: its key, and values in the query of its address. */
export function secretsOf({ baseUrl }: Pick<Endpoint, 'baseUrl'>, secret: string | undefined): string[] {
  return [...(secret === undefined ? [] : [secret]), ...secretsOfAddress(baseUrl)]
}

/** A turn whose request may not be sent is given back. */
async function begin(purchase: Purchase, pacer: Pacer): Promise<OpenCall | null> {
  try {
    return await purchase.begin()
  } catch (error) {
    await pacer.returnTurn()
    throw error
  }
}

/** The end of one attempt: an answer, or a failure. */
interface Received {
  readonly outcome: Outcome
  readonly usage: TokenUsage | null
}

export interface Answered<Answer> extends Received {
  readonly answer: Answer
  readonly status: number
  readonly body: Uint8Array
}

export interface Failed extends Received {
  /** For a body with a success status that cannot be read. */
  readonly malformed?: SampleError
}

/** Reads a response, without the secrets that it may repeat. */
export function readOutcome<Answer>(
  outcome: Outcome,
  readBody: EndpointRequest<Answer>['read'],
  secrets: readonly string[],
): Answered<Answer> | Failed {
  return read(withoutSecrets(outcome, secrets), readBody)
}

/** The answer in a 2xx response; otherwise the failure: a status, the error inside, or an unreadable body. */
function read<Answer>(outcome: Outcome, readBody: EndpointRequest<Answer>['read']): Answered<Answer> | Failed {
  if ('error' in outcome || outcome.response.status < 200 || outcome.response.status > 299) return { outcome, usage: null }
  const { response } = outcome
  const { status, bytes: body } = response
  try {
    const reading = readBody(body)
    if ('reported' in reading) return { outcome: { response, reported: reading.reported }, usage: null }
    return { outcome, answer: reading.answer, usage: reading.usage ?? null, status, body }
  } catch (error) {
    if (error instanceof SampleError) return { outcome, usage: null, malformed: error }
    throw error
  }
}

/** Keeps the answer, and reads the one that is kept. */
async function settle<Answer>(call: OpenCall, request: EndpointRequest<Answer>, received: Answered<Answer>): Promise<Answer> {
  const { status, usage, body } = received
  const kept = await call.settle({ status, outcome: 'answered', usage, answer: body })
  return kept === null || kept === body ? received.answer : answerIn(request.read(kept))
}

async function settleFailure(call: OpenCall, { outcome, usage }: Failed, { code }: SampleError): Promise<void> {
  await call.settle({ status: 'error' in outcome ? null : outcome.response.status, outcome: code, usage, answer: null })
}

export function answerIn<Answer>(reading: Reading<Answer>): Answer {
  if ('answer' in reading) return reading.answer
  throw new SampleError('endpoint_bad_response', 'the stored answer is an error')
}

/** An endpoint may say a secret back in a good answer, which is stored. */
function withoutSecrets(outcome: Outcome, secrets: readonly string[]): Outcome {
  if ('error' in outcome || secrets.length === 0) return outcome
  const text = new TextDecoder().decode(outcome.response.bytes)
  const clean = withoutSecretsIn(text, secrets)
  if (clean === text) return outcome
  return { ...outcome, response: { ...outcome.response, bytes: new TextEncoder().encode(clean) } }
}

export const withoutSecretsIn = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
