/**
 * Settles one call of a submission by its result.
 * @module
 */
import type { SubmittedCall } from '../../../contracts/endpoint-calls.ts'
import { SampleError } from '../../../contracts/model.ts'
import { EgressError } from '../../../egress/egress-error.ts'
import { readOutcome } from '../call-endpoint.ts'
import { finalFailure } from '../endpoint-failure.ts'
import type { CallResult } from '../ledger/call-account.ts'
import { type Attempts, NOT_SENT } from './attempts.ts'
import type { DispatchedResult } from './dispatcher.ts'
import type { Asked } from './gather-requests.ts'

/** The machine knows the submission and says nothing about this call: perhaps it was paid. */
const NO_RESULT = 'endpoint_no_result'

export interface SettleParts {
  readonly endpoint: string
  readonly secrets: readonly string[]
  readonly attempts: Pick<Attempts, 'note'>
  /** Unix milliseconds. */
  readonly now: () => number
}

/** @param result - null: the submission never reached the machine */
export async function settleResult(
  parts: SettleParts,
  call: SubmittedCall,
  { purchase, read, maxResponseBytes }: Asked,
  result: DispatchedResult | 'no_result' | null,
): Promise<void> {
  const { settlement, failure } = settlementOf(parts, read, bounded(result, maxResponseBytes))
  await purchase.reopen(call.call, call.heldNano).settle(settlement)
  const { status, outcome, unpaid = false } = settlement
  const state = status === null || unpaid ? 'unanswered' : 'settled'
  parts.attempts.note({ ...call, state, status, outcome, endedAt: parts.now() }, failure)
}

/** An answer that is longer than a direct one may be is refused like it. */
function bounded(result: DispatchedResult | 'no_result' | null, most: number): DispatchedResult | 'no_result' | null {
  if (result === null || result === 'no_result' || !('outcome' in result) || !('response' in result.outcome)) return result
  if (result.outcome.response.bytes.length <= most) return result
  return { call: result.call, outcome: { error: new EgressError({ code: 'too_large', limit: most }) } }
}

interface Settled {
  readonly settlement: CallResult
  readonly failure?: SampleError
}

function settlementOf(
  { endpoint, secrets }: SettleParts,
  read: Asked['read'],
  result: DispatchedResult | 'no_result' | null,
): Settled {
  if (result === null) return unpaid(NOT_SENT, `endpoint ${endpoint}: the submission did not reach it`)
  if (result === 'no_result')
    return failed(null, new SampleError(NO_RESULT, `endpoint ${endpoint} gave no result for this request`))
  if ('unprocessed' in result)
    return unpaid(result.unprocessed.code, `endpoint ${endpoint} did not process the request: ${result.unprocessed.message}`)
  if ('failed' in result) {
    const { code, message } = result.failed
    return failed(null, new SampleError(code, `endpoint ${endpoint}: ${message}`))
  }
  const received = readOutcome(result.outcome, read, secrets)
  const status = 'error' in result.outcome ? null : result.outcome.response.status
  if ('answer' in received) return { settlement: { status, outcome: 'answered', usage: received.usage, answer: received.body } }
  const failure = received.malformed ?? finalFailure(endpoint, received.outcome, 1, secrets)
  return { settlement: { ...failed(status, failure).settlement, usage: received.usage }, failure }
}

const failed = (status: number | null, failure: SampleError): Settled & { readonly failure: SampleError } => ({
  settlement: { status, outcome: failure.code, usage: null, answer: null },
  failure,
})

const unpaid = (code: string, message: string): Settled => ({
  settlement: { status: null, outcome: code, usage: null, answer: null, unpaid: true },
  failure: new SampleError(code, message),
})
