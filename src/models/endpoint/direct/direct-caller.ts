/**
 * Calls of an endpoint outside runs: one request of a key, within the endpoint's pace and daily budget.
 * @module
 */
import { FREE, nanoOf } from '../../../contracts/call-cost.ts'
import { addressDigest } from '../../../contracts/endpoint-address.ts'
import type { AnswerStore, DirectLedger, DirectPayer } from '../../../contracts/endpoint-calls.ts'
import type { EndpointRecord } from '../../../contracts/records.ts'
import type { Egress } from '../../../egress/egress.ts'
import { type CallEndpoint, createCaller, type RetryParts } from '../call-endpoint.ts'
import { createStreamer, type StreamChat } from '../chat/streamed-chat.ts'
import type { EndpointSecrets } from '../endpoint-secrets.ts'
import { type EndpointKindParts, pacerOf } from '../kind.ts'
import { type CalledBudget, createRunAccount } from '../ledger/call-account.ts'

/** An endpoint as one request asks it. */
export interface DirectCaller {
  readonly call: CallEndpoint
  readonly stream: StreamChat
}

export interface DirectCallerParts extends RetryParts, Pick<EndpointKindParts, 'turnsOf'> {
  readonly egress: Pick<Egress, 'fetch' | 'open'>
  readonly secrets: Pick<EndpointSecrets, 'open'>
  readonly ledgerOf: (payer: DirectPayer) => DirectLedger
  /** Unique, sorts by time. */
  readonly newId: () => string
}

/** A client waits for the answer, so a request that would wait longer for its turn is refused. */
const PATIENCE_MS = 30_000

/** The request's own answer is not kept: a client that asks again pays again. */
const NO_ANSWERS: AnswerStore = { read: async () => null, keep: async (_tenant, _key, body) => body }

const OF_DAY: CalledBudget = {
  spent:
    'the daily budget of the endpoint (daily_budget) is spent, or what is left does not cover this request; it begins again at midnight UTC',
  whole: 'the whole daily budget of the endpoint (daily_budget.max_cost_usd)',
  remedy: 'send a shorter prompt or a smaller max_completion_tokens, or let an administrator raise the budget',
}

/**
 * Opens an endpoint for one request of a key.
 * @returns calls that reject with `SampleError` where the endpoint fails or its budget is spent, and with
 *   `ModelPaused` where its turn is too far away
 */
export async function openDirectCaller(
  parts: DirectCallerParts,
  { tenant, keyId }: { readonly tenant: string; readonly keyId: string },
  endpoint: EndpointRecord,
): Promise<DirectCaller> {
  const { max_requests: maxRequests, max_cost_usd: cost } = endpoint.settings.daily_budget
  const budget = { maxRequests, maxCostNano: cost === null ? null : nanoOf(cost) }
  const id = parts.newId()
  const account = createRunAccount({
    ledger: parts.ledgerOf({ keyId, endpoint: endpoint.name, budget }),
    answers: NO_ANSWERS,
    run: { tenant, id },
    settings: { ...budget, cache: 'off', answersOf: id },
    addressDigest: await addressDigest(endpoint.baseUrl),
    price: endpoint.settings.price ?? FREE,
    newId: parts.newId,
    called: OF_DAY,
  })
  const connection = {
    ...parts,
    endpoint,
    secret: parts.secrets.open(tenant, endpoint),
    account,
    pacer: pacerOf(parts, tenant, endpoint, { patience: PATIENCE_MS }),
  }
  return { call: createCaller(connection), stream: createStreamer(connection) }
}
