/**
 * Counts of what the endpoint received and did, for comparison with the caller's own books.
 * @module
 */
import type { Fault } from './dial.ts'

/** `GET /stats`. Every count is since the start, or since `DELETE /stats`. */
export interface Stats {
  /** Requests that arrived whole, by path. */
  readonly requests: Readonly<Record<string, number>>
  /** Requests for which the model was asked, also where the answer was then damaged: what a provider bills. */
  readonly billed: number
  /** Undamaged answers that were sent whole. */
  readonly answered: number
  /** Requests above the limit of the dial. */
  readonly over_limit: number
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** Requests with other bytes. */
  readonly distinct: number
  /** How many requests of the same bytes were answered n times: `{"1": 1990, "2": 10}`. */
  readonly answers_per_request: Readonly<Record<string, number>>
  readonly most_at_once: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

interface Counts {
  requests: Record<string, number>
  billed: number
  answered: number
  over_limit: number
  faults: Partial<Record<Fault, number>>
  most_at_once: number
  prompt_tokens: number
  completion_tokens: number
}

export interface Counter {
  stats(): Stats
  clear(): void
  /** Counts a request. Returns the number of earlier ones with this digest. */
  arrive(path: string, digest: string): number
  /** A request is under way until {@link leave}. */
  enter(): void
  leave(): void
  fault(fault: Fault): void
  overLimit(): void
  billed(usage: { readonly prompt_tokens: number; readonly completion_tokens: number }): void
  answered(digest: string): void
}

const ZERO = (): Counts => ({
  requests: {},
  billed: 0,
  answered: 0,
  over_limit: 0,
  faults: {},
  most_at_once: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
})

export function createCounter(): Counter {
  let counts = ZERO()
  let arrivals = new Map<string, number>()
  let answers = new Map<string, number>()
  let underWay = 0
  return {
    stats() {
      const histogram: Record<string, number> = {}
      for (const times of answers.values()) histogram[times] = (histogram[times] ?? 0) + 1
      return { ...structuredClone(counts), distinct: arrivals.size, answers_per_request: histogram }
    },
    clear() {
      counts = ZERO()
      arrivals = new Map()
      answers = new Map()
    },
    arrive(path, digest) {
      counts.requests[path] = (counts.requests[path] ?? 0) + 1
      const earlier = arrivals.get(digest) ?? 0
      arrivals.set(digest, earlier + 1)
      return earlier
    },
    enter: () => void (counts.most_at_once = Math.max(counts.most_at_once, ++underWay)),
    leave: () => void underWay--,
    fault: (fault) => void (counts.faults[fault] = (counts.faults[fault] ?? 0) + 1),
    overLimit: () => void counts.over_limit++,
    billed({ prompt_tokens, completion_tokens }) {
      counts.billed++
      counts.prompt_tokens += prompt_tokens
      counts.completion_tokens += completion_tokens
    },
    answered(digest) {
      counts.answered++
      answers.set(digest, (answers.get(digest) ?? 0) + 1)
    },
  }
}
