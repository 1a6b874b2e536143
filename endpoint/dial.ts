/**
 * The fault dial: how often the endpoint fails, and in which ways.
 *
 * A draw depends on the seed, the request's bytes and the number of earlier attempts at them. The order of
 * arrival plays no part, so a test at any concurrency meets the same faults.
 * @module
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Faults before the model is asked: the caller pays nothing. */
const UNPAID = {
  rate_limited: 'status 429, without Retry-After',
  rate_limited_with_wait: 'status 429, with Retry-After',
  server_error: 'status 500',
  unavailable: 'status 503, with Retry-After',
  dropped: 'the connection is closed without a status',
  stalled: 'no answer until the caller gives up',
  error_inside: 'status 200 around an error object, as gateways send it',
} as const

/** Faults of an answer that the model has given: the caller pays, and gets it damaged. */
const PAID = {
  cut: 'the connection is closed after half of the announced bytes',
  truncated_json: 'the JSON ends in its middle, and the response is complete',
  wrong_content_type: 'an HTML page with status 200',
  empty_body: 'status 200 without a body',
} as const

/** Completions without an answer; chat completions only. */
const UNANSWERED = {
  refused: 'a refusal in place of content',
  filtered: 'finish_reason content_filter',
  spent: 'finish_reason length without content: the limit went to thoughts',
  no_content: 'content null',
} as const

const FAULTS = { ...UNPAID, ...PAID, ...UNANSWERED }

export type Fault = keyof typeof FAULTS

export const isUnanswered = (fault: Fault): boolean => fault in UNANSWERED
export const isPaid = (fault: Fault): boolean => !(fault in UNPAID)

const share = z.number().min(0).max(1)
const names = Object.keys(FAULTS) as [Fault, ...Fault[]]

/** Settings of the dial. Members that are left out keep the value that they have. */
export const dialChange = z.strictObject({
  /** Another seed draws other faults. */
  seed: z.int().optional(),
  /** Milliseconds before an answer: at least, and at most. */
  latency_ms: z.tuple([z.number().min(0), z.number().min(0)]).optional(),
  /** Share of requests with each fault. The sum is at most 1. */
  faults: z.partialRecord(z.enum(names), share).optional(),
  /** Sent as Retry-After where a fault has one. Fractions are sent as `retry-after-ms` too. */
  retry_after_seconds: z.number().min(0).optional(),
  /** Share of the deliveries of a job that are sent twice. */
  duplicated_callbacks: share.optional(),
  /** Requests per minute; more are answered 429. null: no limit. */
  requests_per_minute: z.number().positive().nullable().optional(),
})

export type DialChange = z.infer<typeof dialChange>

export interface Dial {
  readonly seed: number
  readonly latency_ms: readonly [number, number]
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  readonly retry_after_seconds: number
  readonly duplicated_callbacks: number
  readonly requests_per_minute: number | null
}

export const NO_FAULTS: Dial = {
  seed: 1,
  latency_ms: [0, 0],
  faults: {},
  retry_after_seconds: 1,
  duplicated_callbacks: 0,
  requests_per_minute: null,
}

/** @throws {RangeError} if the shares add up to more than 1 */
export function turned(dial: Dial, change: DialChange): Dial {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const next: Dial = { ...dial, ...given }
  const sum = Object.values(next.faults).reduce((total, each) => total + each, 0)
  if (sum > 1 + 1e-9) throw new RangeError(`the shares of all faults add up to ${sum}, which is more than 1`)
  return next
}

export interface Draw {
  readonly fault: Fault | null
  readonly latencyMilliseconds: number
}

/** @param attempt - number of earlier requests with the same digest */
export function draw(dial: Dial, requestDigest: string, attempt: number): Draw {
  const bytes = createHash('sha256').update(`${dial.seed}/${requestDigest}/${attempt}`).digest()
  const [least, most] = dial.latency_ms
  const latencyMilliseconds = least + uniform(bytes, 6) * Math.max(0, most - least)
  let rest = uniform(bytes, 0)
  for (const name of names) {
    rest -= dial.faults[name] ?? 0
    if (rest < 0) return { fault: name, latencyMilliseconds }
  }
  return { fault: null, latencyMilliseconds }
}

/** 48 bits as a number in [0, 1). */
const uniform = (bytes: Buffer, at: number): number => bytes.readUIntBE(at, 6) / 2 ** 48
