/**
 * When the next request to an endpoint may be sent: pure, on a clock that is given.
 *
 * With a known limit (configured, or in `x-ratelimit-*` headers), requests are spread evenly just below it.
 * So no window of a minute has more, wherever it begins. Without one, requests are unlimited until the
 * first refusal (429, or 503 with a wait). Then additive increase, multiplicative decrease (Chiu and Jain,
 * "Analysis of the increase and decrease algorithms for congestion avoidance", Computer Networks and ISDN
 * Systems 17, 1989): the refusal shows how many requests a minute holds; the pace falls just below that, and
 * rises slowly until the next refusal. `chance-refusals.ts` finds refusals that no pace avoids.
 * @module
 */
import { type ChanceState, newChance, noteChance, noteLowered } from './chance-refusals.ts'

/** Requests and tokens that an endpoint takes per minute; null: unknown. */
export interface PaceLimits {
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
}

/** Limits as an administrator configured them. */
export interface TurnLimits extends PaceLimits {
  /** Most requests at once, of all consumers together. Absent: unlimited. */
  readonly concurrency?: number
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
  readonly begunAt: number
  readonly chance: ChanceState
}

const MINUTE = 60_000
/** Share of a known limit that is used: responses take unequal time on their way. */
const SHARE_OF_LIMIT = 0.98
/** Share of the observed limit at which the pace starts again after a refusal. */
const DECREASE = 0.95
/** Most of the pace that is left after a refusal soon after another: what was observed was too much. */
const SOON_DECREASE = 0.9
/** A refusal never lowers the pace further than this. */
const LARGEST_DECREASE = 0.5
/** Growth of the pace per minute without a refusal. */
const INCREASE_PER_MINUTE = 0.005
/** Growth once refusals have turned out to be chance. */
const DOUBLINGS_PER_MINUTE = 6
/** The older an observed limit, the less it says: growth above it by the square of the minutes. */
const FORGETTING = 0.1
/** Milliseconds in which a pace that fell below a limit cannot have grown to it again. */
const SOON = 360_000
const SLOWEST = 1
/** A single refusal after few requests may have another reason than their number: not slower than this. */
const SLOWEST_AT_FIRST = 300
/** A request without a report for so long belongs to a consumer that died. Timeouts are shorter. */
const LOST_AFTER = 150_000
/** Waits after refusals that name none: full jitter over 8 s, 16 s, up to half a minute. */
const WAIT_BASE = 8000
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
    begunAt: now,
    chance: newChance(),
  }
}

/**
 * Milliseconds until a request may be sent; 0: now. Infinity: after the next report, since as many requests
 * are under way as may be. After a refusal that is one, which tries whether the endpoint answers again.
 */
export function waitFor(state: PaceState, configured: TurnLimits, now: number): number {
  if (now < state.blockedUntil) return state.blockedUntil - now
  const { concurrency = Number.POSITIVE_INFINITY } = configured
  if (underWay(state, now) >= (state.probing ? 1 : concurrency)) return Number.POSITIVE_INFINITY
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
  forget(state, now)
  const meaning = noteMeaning(state, signal.kind === 'refused', now)
  if (signal.kind === 'refused') {
    if (meaning === 'limit') slowDown(state, configured, now)
    // By chance, the next request is as likely to be served as any: the refused one alone waits.
    if (meaning === 'chance') return goOn(state, now)
    return holdBack(state, signal.retryAfter, now, random)
  }
  state.served.push(now)
  // Sent before the refusal: the endpoint holds more requests than were served by then.
  if (state.probing && now < state.blockedUntil) return observe(state)
  state.refusals = 0
  state.probing = false
}

function noteMeaning(state: PaceState, refused: boolean, now: number): 'chance' | 'trial' | 'limit' {
  const { share, trial } = state.chance
  const meaning = noteChance(state.chance, refused, state.served.length, now)
  // During a trial, the pace does not grow.
  if (trial !== null && state.chance.trial === null) state.pacedAt = now
  // While refusals were chance, no pace was kept.
  if (share > 0 && state.chance.share === 0)
    Object.assign(state, {
      pace: meaning === 'limit' ? Math.max(SLOWEST, state.served.length) : null,
      refusedPace: null,
      episodes: 0,
    })
  return meaning
}

function learn(state: PaceState, { limits, tokens }: PaceSignal): void {
  state.learned = {
    requestsPerMinute: limits.requestsPerMinute ?? state.learned.requestsPerMinute,
    tokensPerMinute: limits.tokensPerMinute ?? state.learned.tokensPerMinute,
  }
  if (tokens !== null) state.tokens = state.tokens === null ? tokens : state.tokens + TOKEN_WEIGHT * (tokens - state.tokens)
}

function slowDown(state: PaceState, configured: PaceLimits, now: number): void {
  // Requests that were in flight at the first refusal say the same thing again.
  if (state.probing) return
  const { chance } = state
  state.episodes++
  const before = perMinute(state, configured, now)
  const isSoon = state.episodes > 1 && now < state.pacedAt + SOON
  state.refusedPace = before
  state.pacedAt = now
  observe(state, isSoon ? SOON_DECREASE : DECREASE)
  const isObserved = before !== null && (now < chance.triedAt + MINUTE || state.served.length >= LARGEST_DECREASE * before)
  if (isObserved || !isSoon) noteLowered(chance, isSoon ? surelyTaken(state, now) : null, state.inFlight.length, now)
}

/** In T minutes, a limit of L a minute lets L · (1 + T) requests through: a full bucket and its refill. */
function surelyTaken({ served, begunAt }: PaceState, now: number): number {
  return served.length / (1 + Math.min(1, (now - begunAt) / MINUTE))
}

function holdBack(state: PaceState, retryAfter: number | null, now: number, random: () => number): void {
  const wait = retryAfter ?? random() * Math.min(WAIT_CAP, WAIT_BASE * 2 ** state.refusals)
  state.refusals++
  state.blockedUntil = Math.max(state.blockedUntil, now + wait)
  state.nextAt = Math.max(state.nextAt, state.blockedUntil)
  state.probing = true
}

function goOn(state: PaceState, now: number): void {
  if (state.probing) state.pacedAt = now
  state.probing = false
  state.refusals = 0
}

function underWay(state: PaceState, now: number): number {
  while (state.inFlight.length > 0 && state.inFlight[0]! <= now - LOST_AFTER) state.inFlight.shift()
  return state.inFlight.length
}

/** The requests served within the last minute before a refusal are what the endpoint takes. */
function observe(state: PaceState, decrease = DECREASE): void {
  const { refusedPace: before, chance } = state
  const observed = DECREASE * state.served.length
  // During a trial, fewer are sent than served.
  const largest = state.pacedAt < chance.triedAt + MINUTE ? DECREASE : LARGEST_DECREASE
  const lowest = before === null ? observed : largest * before
  const highest = before === null ? observed : decrease * before
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

function grown({ pace, pacedAt, chance }: PaceState, now: number): number | null {
  if (pace === null) return null
  const minutes = Math.max(0, now - pacedAt) / MINUTE
  if (chance.trial !== null) return Math.min(pace, chance.trial.pace)
  const slow = pace * (1 + INCREASE_PER_MINUTE * minutes)
  if (chance.share === 0) return slow
  // The refusals that slowed it down said nothing about the pace.
  const ceiling = (chance.ceiling ?? Number.POSITIVE_INFINITY) * (1 + FORGETTING * minutes ** 2)
  return Math.max(slow, Math.min(pace * 2 ** (DOUBLINGS_PER_MINUTE * minutes), DECREASE * ceiling))
}

function least(...limits: readonly (number | null)[]): number | null {
  const known = limits.filter((limit) => limit !== null)
  return known.length === 0 ? null : Math.max(SLOWEST, Math.min(...known))
}
