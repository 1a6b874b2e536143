/**
 * The calls of a shard's submissions so far, by the key of their answer: how often each request was sent, and
 * whether its failure is final.
 * @module
 */
import type { SubmittedCall } from '../../../contracts/endpoint-calls.ts'
import { SampleError } from '../../../contracts/model.ts'
import { isRetryableStatus } from '../retry-policy.ts'

/** Outcomes of calls that were never processed: they count as no attempt. */
export const NOT_SENT = 'not_sent'
export const QUEUE_FULL = 'batch_queue_full'
/** The results of a submission cannot be read. */
export const UNREADABLE = 'endpoint_unreadable_results'

/** The endpoint said nothing about a submission for too long. */
export const UNREACHED = 'endpoint_unreached'
/** A submission was still under way after all the time that it had. */
export const OVERDUE = 'endpoint_overdue'

/**
 * Requests that may have been paid, were stopped at the endpoint, or would get an answer as long again: they
 * are not sent again.
 */
const FINAL: ReadonlySet<string | null> = new Set([
  UNREADABLE,
  UNREACHED,
  OVERDUE,
  'batch_cancelled',
  'endpoint_response_too_large',
])

/** Submissions in a row that never arrive, after which a request is given up. */
const MOST_UNSENT = 10

const UNCOUNTED: ReadonlySet<string | null> = new Set([NOT_SENT, QUEUE_FULL])

export interface Attempts {
  /** Calls without a settlement. */
  openOf(submission: string): readonly SubmittedCall[]
  /** Notes a new call, or the settlement of one. */
  note(call: SubmittedCall, failure?: SampleError): void
  /** Calls with this key, for the first reader; 0 for the next ones. */
  claim(key: string): number
  isAnswered(key: string): boolean
  /** The final failure of a request; null: it may be sent, or has an answer. */
  failureOf(key: string): SampleError | null
  /** The last time at which the machine had no room; null: none. */
  queueFullAt(): number | null
}

export const callPrefix = (submission: string): string => `${submission}-`

export function createAttempts(endpoint: string, maxAttempts: number, calls: readonly SubmittedCall[]): Attempts {
  const byId = new Map(calls.map((call) => [call.call, call]))
  const failures = new Map<string, SampleError>()
  const claimed = new Set<string>()
  const counted = (key: string) =>
    [...byId.values()].filter(({ answerKey, outcome }) => answerKey === key && !UNCOUNTED.has(outcome))
  return {
    openOf: (submission) =>
      [...byId.values()].filter(({ call, state }) => state === 'open' && call.startsWith(callPrefix(submission))),
    note(call, failure) {
      byId.set(call.call, call)
      if (failure !== undefined) failures.set(call.answerKey, failure)
    },
    claim(key) {
      if (claimed.has(key)) return 0
      claimed.add(key)
      return counted(key).length
    },
    isAnswered: (key) => counted(key).some(({ outcome }) => outcome === 'answered'),
    failureOf(key) {
      const unsent = [...byId.values()].filter((call) => call.answerKey === key && call.outcome === NOT_SENT).length
      if (unsent >= MOST_UNSENT)
        return new SampleError(UNREACHED, `endpoint ${endpoint} did not take ${unsent} submissions with this request`)
      const ended = counted(key).filter(({ state }) => state !== 'open')
      const last = ended.at(-1)
      if (last === undefined || last.outcome === 'answered') return null
      const isFinal =
        ended.length >= maxAttempts || FINAL.has(last.outcome) || (last.status !== null && !isRetryableStatus(last.status))
      if (!isFinal) return null
      const code = last.outcome ?? 'endpoint_error'
      // A crash loses the words, not the code.
      return failures.get(key) ?? new SampleError(code, `endpoint ${endpoint}: ${code} (attempt ${ended.length}, the last)`)
    },
    queueFullAt: () =>
      [...byId.values()].reduce<number | null>(
        (last, { outcome, endedAt }) => (outcome === QUEUE_FULL ? Math.max(last ?? 0, endedAt ?? 0) : last),
        null,
      ),
  }
}
