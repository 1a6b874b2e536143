/**
 * Callers of a model whose answers come later: one gathers requests without an answer, one reads answers.
 * @module
 */
import pMap from 'p-map'
import { AnswerPending, type Model, type ModelRequest, SampleError } from '../../../contracts/model.ts'
import { answerIn, type CallEndpoint, type EndpointRequest } from '../call-endpoint.ts'
import type { CallAccount, Purchase } from '../ledger/call-account.ts'
import type { Attempts } from './attempts.ts'

/** Items read at once: their pictures come from storage. */
const AT_ONCE = 8

/** A request, as far as its answer needs it. */
export interface Asked {
  readonly purchase: Purchase
  readonly read: EndpointRequest<unknown>['read']
  readonly maxResponseBytes: number
}

export interface Pending extends Asked {
  readonly path: string
  readonly body: Uint8Array
}

export interface Gathered {
  /** Every request, by the key of its answer. */
  readonly asked: ReadonlyMap<string, Asked>
  /** Requests to send: without an answer or a final failure. */
  readonly pending: ReadonlyMap<string, Pending>
  /** Keys of requests to send, including those beyond the limit. */
  readonly unanswered: ReadonlySet<string>
}

interface GatherParts {
  readonly account: CallAccount
  readonly attempts: Pick<Attempts, 'failureOf'>
  /** The model, with another caller. */
  readonly modelWith: (call: CallEndpoint) => Model
  /** Most bytes of bodies that are held. The first is always held. */
  readonly mostBytes: number
}

/** Asks about every item, and sends nothing. */
export async function gatherRequests(
  { account, attempts, modelWith, mostBytes }: GatherParts,
  requests: readonly ModelRequest[],
): Promise<Gathered> {
  const asked = new Map<string, Asked>()
  const pending = new Map<string, Pending>()
  const unanswered = new Set<string>()
  let held = 0
  const model = modelWith(async (request) => {
    const { read, path, body, maxResponseBytes } = request
    const purchase = await account.open(request)
    const { key } = purchase
    asked.set(key, { purchase, read, maxResponseBytes })
    const kept = await purchase.kept()
    if (kept !== null) return { answer: answerIn(read(kept)), calls: 0, stored: true }
    const failure = attempts.failureOf(key)
    if (failure !== null) throw failure
    if (!unanswered.has(key) && (held === 0 || held + body.length <= mostBytes)) {
      pending.set(key, { purchase, read, maxResponseBytes, path, body })
      held += body.length
    }
    unanswered.add(key)
    throw new AnswerPending()
  })
  await pMap(
    requests,
    async (request) => {
      try {
        await model.run(request)
      } catch (error) {
        // A failed item is reported when it is scored.
        if (!(error instanceof AnswerPending) && !(error instanceof SampleError)) throw error
      }
    },
    { concurrency: AT_ONCE },
  )
  return { asked, pending, unanswered }
}

/**
 * Reads stored answers.
 * @throws {AnswerPending} for a request that was neither answered nor refused for good
 */
export function createStoredCaller(
  account: CallAccount,
  attempts: () => Attempts,
  refusals: ReadonlyMap<string, SampleError>,
): CallEndpoint {
  return async (request) => {
    const purchase = await account.open(request)
    const kept = await purchase.kept()
    const calls = attempts().claim(purchase.key)
    if (kept !== null) return { answer: answerIn(request.read(kept)), calls, stored: calls === 0 }
    const failure = attempts().failureOf(purchase.key) ?? refusals.get(purchase.key)
    throw failure?.after(calls) ?? new AnswerPending(`item ${request.item} was scored before its request was answered`)
  }
}
