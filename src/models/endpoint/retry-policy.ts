/**
 * Which failures of an endpoint are worth another request, and after how long. The statuses and headers are those that OpenAI's
 * own SDKs go by (reference/evals-api.md section 5.1, "SDK behaviour to respect").
 * @module
 */
import type { EgressError, EgressFailure } from '../../egress/egress-error.ts'
import type { EgressResponse } from '../../egress/egress.ts'
import { retryAfterMilliseconds } from '../../egress/retry-after.ts'
import type { ReportedError } from './reported-error.ts'

const BACKOFF_BASE_MS = 500
const BACKOFF_CAP_MS = 8_000
/** The longest a server may have us wait: then the shard's other items suffer. */
const RETRY_AFTER_CAP_MS = 60_000

/** What became of one request: an answer of any status, or none. `reported`: the error inside an answer of status 2xx. */
export type Outcome = { readonly response: EgressResponse; readonly reported?: ReportedError } | { readonly error: EgressError }

/**
 * 408, 409, 425, 429 and 5xx, unless `x-should-retry` says otherwise; the same by the code of an error inside a 200; a timeout or a
 * broken connection.
 */
export function isRetryable(outcome: Outcome): boolean {
  if ('error' in outcome) return isTransient(outcome.error.code)
  const { response, reported } = outcome
  const { headers } = response
  const status = reported === undefined ? response.status : reported.status
  if (status !== null && status < 400) return false
  const advice = headers.get('x-should-retry')
  if (advice === 'true') return true
  if (advice === 'false') return false
  return status !== null && (RETRIED.has(status) || status >= 500)
}

/** Timeout, conflict, too early, too many: another request may do better. */
const RETRIED: ReadonlySet<number> = new Set([408, 409, 425, 429])

function isTransient(code: EgressFailure['code']): boolean {
  return code === 'timeout' || code === 'network'
}

/**
 * Milliseconds before the next request: what the server asks for, capped, else exponential backoff with full jitter (M. Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): uniform in [0, min(cap, base · 2^(attempt − 1))).
 * @param attempt Number of the request that failed, from 1.
 * @param random Uniform in [0, 1).
 */
export function retryDelay(outcome: Outcome, attempt: number, nowMilliseconds: number, random: () => number): number {
  const asked = 'response' in outcome ? retryAfterMilliseconds(outcome.response.headers, nowMilliseconds) : undefined
  if (asked !== undefined) return Math.min(asked, RETRY_AFTER_CAP_MS)
  return random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1))
}
