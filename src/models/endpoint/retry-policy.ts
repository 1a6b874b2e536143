/**
 * Retry policy for endpoint failures: whether to retry, and after how long. The statuses and headers are
 * those of OpenAI's own SDKs.
 * @module
 */
import type { EgressError, EgressFailure } from '../../egress/egress-error.ts'
import type { EgressResponse } from '../../egress/egress.ts'
import { retryAfterMilliseconds } from '../../egress/retry-after.ts'
import type { ReportedError } from './reported-error.ts'

const BACKOFF_BASE_MS = 500
const BACKOFF_CAP_MS = 8_000
/** Longest `Retry-After`. A longer wait would take time from the shard's other items. */
const RETRY_AFTER_CAP_MS = 60_000

/** Outcome of one request: an answer of any status, or none. `reported`: the error inside a 2xx answer. */
export type Outcome = { readonly response: EgressResponse; readonly reported?: ReportedError } | { readonly error: EgressError }

/**
 * True for 408, 409, 425, 429 and 5xx, unless `x-should-retry` says otherwise; for the same codes of an error
 * inside a 200; and for a timeout or broken connection.
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
  return status !== null && isRetryableStatus(status)
}

/** For a status without headers: 2xx (an answer that cannot be used), 408, 409, 425, 429 and 5xx. */
export function isRetryableStatus(status: number): boolean {
  return status < 300 || RETRIED.has(status) || status >= 500
}

/** Timeout, conflict, too early, too many: another request may succeed. */
const RETRIED: ReadonlySet<number> = new Set([408, 409, 425, 429])

function isTransient(code: EgressFailure['code']): boolean {
  return code === 'timeout' || code === 'network'
}

/**
 * Milliseconds before the next request: the server's `Retry-After`, capped, or exponential backoff with full
 * jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): uniform in [0, min(cap,
 * base · 2^(attempt − 1))).
 * @param attempt number of the failed request, from 1
 * @param random uniform in [0, 1)
 */
export function retryDelay(outcome: Outcome, attempt: number, nowMilliseconds: number, random: () => number): number {
  const asked = 'response' in outcome ? retryAfterMilliseconds(outcome.response.headers, nowMilliseconds) : undefined
  if (asked !== undefined) return Math.min(asked, RETRY_AFTER_CAP_MS)
  return random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1))
}
