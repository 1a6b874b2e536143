/**
 * When the next request to an endpoint may be sent: pure, on a clock that is given.
 *
 * With a known limit (configured, or in `x-ratelimit-*` headers), requests are spread evenly just below it.
 * So no window of a minute has more, wherever it begins. Without one, requests are unlimited until the
 * first refusal (429, or 503 with a wait). Then additive increase, multiplicative decrease (Chiu and Jain,
 * "Analysis of the increase and decrease algorithms for congestion avoidance", Computer Networks and ISDN
 * Systems 17, 1989): the refusal shows how many requests a minute holds; the pace falls just below that, and
 * rises slowly until the next refusal.
 * @module
 */

/** Requests and tokens that an endpoint takes per minute; null: unknown. */
export interface PaceLimits {
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
}

/** The signal of a response for the pace. */
export interface PaceSignal {
  /** `refused`: too many requests. `served`: any other response. `lost`: none. */
  readonly kind: 'served' | 'refused' | 'lost'
  /** Milliseconds that the endpoint asks to wait; null if it does not say. */
  readonly retryAfter: number | null
  /** Tokens of the request and its answer; null: unknown. */
  readonly tokens: number | null
  /** Limits from the headers of the response. */
  readonly limits: PaceLimits
  /** Milliseconds until there is quota again, if the headers say that none is left. */
  readonly exhaustedFor: number | null
}

/** All times are milliseconds of the given clock. */
export interface PaceState {
  /** Limits from headers, once seen. */
  learned: PaceLimits
  /** Requests a minute after a refusal; null before the first. */
  pace: number | null
  /** The pace at the last refusal; null: unlimited. */
  refusedPace: number | null
  /** Time of the last change of `pace`. */
  pacedAt: number
  /** No request before this time. */
  nextAt: number
  /** No request before this time, since the endpoint refused. */
  blockedUntil: number
  /** After a refusal, one request at a time, until one is served. */
  probing: boolean
  /** Times at which the endpoint began to refuse. */
  episodes: number
  /** Refusals in a row. */
  refusals: number
  /** Times of requests sent and not reported yet, oldest first. */
  inFlight: number[]
  /** Times at which requests were served within the last minute, oldest first. */
  served: number[]
  /** Moving average of tokens per request; null: unknown. */
  tokens: number | null
}

const MINUTE = 60_000
/** Share of a known limit that is used: responses take unequal time on their way. */
const SHARE_OF_LIMIT = 0.98
/** Share of the observed limit at which the pace starts again after a refusal. */
const DECREASE = 0.95
/** A refusal never lowers the pace further than this. */
const LARGEST_DECREASE = 0.5
/** Growth of the pace per minute without a refusal. */
const INCREASE_PER_MINUTE = 0.005
const SLOWEST = 1
/** A single refusal after few requests may have another reason than their number: not slower than this. */
const SLOWEST_AT_FIRST = 300
/** A request without a report for so long belongs to a consumer that died. Timeouts are shorter. */
const LOST_AFTER = 150_000
/** Waits after refusals that name none: full jitter over 4 s, 8 s, 16 s, up to half a minute. */
const WAIT_BASE = 4000
const WAIT_CAP = 30_000
/** Weight of the newest request in the average of tokens. */
const TOKEN_WEIGHT = 0.2

export function newPace(now: number): PaceState {
  return {
    learned: { requestsPerMinute: null, tokensPerMinute: null },
    pace: null,
    refusedPace: null,
    pacedAt: now,
    nextAt: now,
    blockedUntil: now,
    probing: false,
    episodes: 0,
    refusals: 0,
    inFlight: [],
    served: [],
    tokens: null,
  }
}

/**
 * Milliseconds until a request may be sent; 0: now. Infinity: after the next report, since one request is
 * trying whether the endpoint answers again.
 */
export function waitFor(state: PaceState, configured: PaceLimits, now: number): number {
  if (now < state.blockedUntil) return state.blockedUntil - now
  if (state.probing && underWay(state, now)) return Number.POSITIVE_INFINITY
  return interval(state, configured, now) === 0 ? 0 : Math.max(0, state.nextAt - now)
}

/** Counts a request as sent now. */
export function noteSent(state: PaceState, configured: PaceLimits, now: number): void {
  state.inFlight.push(now)
  // A request that is late by less than its interval does not delay the next ones: the average stays.
  const gap = interval(state, configured, now)
  state.nextAt = Math.max(state.nextAt, now - gap) + gap
}

/** The request was given up before it was sent. */
export function noteReturned(state: PaceState): void {
  state.inFlight.pop()
}

/** @param random uniform in [0, 1) */
export function noteEnd(state: PaceState, configured: PaceLimits, signal: PaceSignal, now: number, random: () => number): void {
  state.inFlight.shift()
  learn(state, signal)
  if (signal.exhaustedFor !== null) state.blockedUntil = Math.max(state.blockedUntil, now + signal.exhaustedFor)
  if (signal.kind === 'lost') return
  // An endpoint that may be asked again at once has not counted a minute.
  if (signal.kind === 'refused' && signal.retryAfter === 0) return
  if (signal.kind === 'refused') return slowDown(state, configured, signal.retryAfter, now, random)
  state.served.push(now)
  // Sent before the refusal: the endpoint holds more requests than were served by then.
  if (state.probing && now < state.blockedUntil) return observe(state)
  state.refusals = 0
  state.probing = false
}

function learn(state: PaceState, { limits, tokens }: PaceSignal): void {
  state.learned = {
    requestsPerMinute: limits.requestsPerMinute ?? state.learned.requestsPerMinute,
    tokensPerMinute: limits.tokensPerMinute ?? state.learned.tokensPerMinute,
  }
  if (tokens !== null) state.tokens = state.tokens === null ? tokens : state.tokens + TOKEN_WEIGHT * (tokens - state.tokens)
}

function slowDown(state: PaceState, configured: PaceLimits, retryAfter: number | null, now: number, random: () => number): void {
  // Requests that were in flight at the first refusal say the same thing again.
  if (!state.probing) {
    forget(state, now)
    state.episodes++
    state.refusedPace = perMinute(state, configured, now)
    state.pacedAt = now
    observe(state)
  }
  const wait = retryAfter ?? random() * Math.min(WAIT_CAP, WAIT_BASE * 2 ** state.refusals)
  state.refusals++
  state.blockedUntil = Math.max(state.blockedUntil, now + wait)
  state.nextAt = Math.max(state.nextAt, state.blockedUntil)
  state.probing = true
}

function underWay(state: PaceState, now: number): boolean {
  while (state.inFlight.length > 0 && state.inFlight[0]! <= now - LOST_AFTER) state.inFlight.shift()
  return state.inFlight.length > 0
}

/** The requests served within the last minute before a refusal are what the endpoint takes. */
function observe(state: PaceState): void {
  const { refusedPace: before } = state
  const observed = DECREASE * state.served.length
  const lowest = before === null ? observed : LARGEST_DECREASE * before
  const highest = before === null ? observed : DECREASE * before
  const slowest = state.episodes === 1 && before === null ? SLOWEST_AT_FIRST : SLOWEST
  state.pace = Math.max(slowest, Math.min(highest, Math.max(lowest, observed)))
}

function forget(state: PaceState, now: number): void {
  const first = state.served.findIndex((time) => time > now - MINUTE)
  state.served.splice(0, first === -1 ? state.served.length : first)
}

/** Milliseconds between requests; 0: unlimited. */
function interval(state: PaceState, configured: PaceLimits, now: number): number {
  const pace = perMinute(state, configured, now)
  return pace === null ? 0 : MINUTE / pace
}

/** Requests a minute; null: unlimited. */
function perMinute(state: PaceState, configured: PaceLimits, now: number): number | null {
  const { learned, tokens } = state
  const limited = (limit: number | null) => (limit === null ? null : SHARE_OF_LIMIT * limit)
  const tokenLimit = least(limited(configured.tokensPerMinute), limited(learned.tokensPerMinute))
  return least(
    limited(configured.requestsPerMinute),
    limited(learned.requestsPerMinute),
    tokenLimit === null || tokens === null ? null : tokenLimit / Math.max(1, tokens),
    grown(state, now),
  )
}

function grown({ pace, pacedAt }: PaceState, now: number): number | null {
  return pace === null ? null : pace * (1 + (INCREASE_PER_MINUTE * Math.max(0, now - pacedAt)) / MINUTE)
}

function least(...limits: readonly (number | null)[]): number | null {
  const known = limits.filter((limit) => limit !== null)
  return known.length === 0 ? null : Math.max(SLOWEST, Math.min(...known))
}
