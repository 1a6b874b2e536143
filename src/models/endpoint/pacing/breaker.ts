/**
 * A circuit breaker (M. Nygard, "Release It!", 2007): an endpoint that is down is left alone for a while,
 * then tried with one request. Pure, on a clock that is given.
 *
 * After {@link MOST_PROBES} failed trials it lets everything through until a request succeeds: the items are
 * then errored in the ordinary way, and the run ends.
 * @module
 */

export interface BreakerState {
  /** Failures since the last success. */
  failures: number
  /** Items among them, up to {@link FEWEST_ITEMS}. */
  items: string[]
  /** Closed: 0. Otherwise no request before this time, and then one at a time. */
  openUntil: number
  /** Trials that failed in a row. */
  probes: number
  /** Time of the one request of a trial that is under way; null: none. */
  triedAt: number | null
}

/** Failures in a row, of at least {@link FEWEST_ITEMS} items, that open the circuit. */
const FAILURES = 20
/** A single item that the endpoint cannot bear must not look like an endpoint that is down. */
const FEWEST_ITEMS = 4
const FIRST_PAUSE = 30_000
const LONGEST_PAUSE = 300_000
/** Longer than any timeout of a request. */
const TRIAL_PATIENCE = 150_000
/**
 * Failed trials after which items are errored: 30 s + 1 min + 2 min + 4 min + 5 min.
 * @internal
 */
export const MOST_PROBES = 5

export const newBreaker = (): BreakerState => ({ failures: 0, items: [], openUntil: 0, probes: 0, triedAt: null })

/** Milliseconds until a request may be sent; 0: now. */
export function breakerWait(state: BreakerState, now: number): number {
  if (state.openUntil === 0 || state.probes >= MOST_PROBES) return 0
  if (now < state.openUntil) return state.openUntil - now
  // The trial's outcome decides. One whose consumer died is forgotten.
  return state.triedAt === null ? 0 : Math.max(0, state.triedAt + TRIAL_PATIENCE - now)
}

/** A request is sent now. */
export function noteTrial(state: BreakerState, now: number): void {
  if (state.openUntil !== 0 && state.probes < MOST_PROBES) state.triedAt = now
}

/** @param ok - a response came, other than a server error */
export function noteOutcome(state: BreakerState, ok: boolean, item: string, now: number): void {
  state.triedAt = null
  if (ok) {
    Object.assign(state, newBreaker())
    return
  }
  state.failures++
  if (state.items.length < FEWEST_ITEMS && !state.items.includes(item)) state.items.push(item)
  if (state.openUntil !== 0) {
    // Requests from before the pause come back late and say nothing new.
    if (now < state.openUntil) return
    state.probes++
    state.openUntil = now + pause(state.probes)
  } else if (state.failures >= FAILURES && state.items.length >= FEWEST_ITEMS) state.openUntil = now + pause(0)
}

const pause = (probes: number) => Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** probes)
