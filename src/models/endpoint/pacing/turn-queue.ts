/**
 * Requests of all consumers that wait for their turn at one endpoint, in order of arrival. The clock and the
 * timer are given, so that a simulation decides them.
 * @module
 */
import { type BreakerState, breakerWait, newBreaker, noteOutcome, noteTrial } from './breaker.ts'
import { newPace, noteEnd, noteReturned, noteSent, type PaceSignal, type PaceState, type TurnLimits, waitFor } from './pace.ts'

/** - `go`: send now. - `later`: ask again. - `paused`: the endpoint is left alone until then. */
export type Turn =
  | { readonly kind: 'go' }
  | { readonly kind: 'later' }
  | { readonly kind: 'paused'; readonly milliseconds: number; readonly reason: string }

export interface TurnReport {
  readonly item: string
  readonly signal: PaceSignal
  /** A response came, other than a server error. */
  readonly ok: boolean
}

export interface TurnQueueParts {
  readonly now: () => number
  /** Calls back after so many milliseconds. Returns what takes that back. */
  readonly after: (milliseconds: number, action: () => void) => () => void
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** A waiting request is told to ask again after this time, so that no call is held for long. */
const LONGEST_WAIT = 20_000
/** An endpoint that asks for a longer wait pauses its runs. */
const PAUSE_FROM = 60_000

interface Waiting {
  readonly since: number
  readonly done: (turn: Turn) => void
}

export class TurnQueue {
  #limits: TurnLimits = { requestsPerMinute: null, tokensPerMinute: null }
  #waiting: Waiting[] = []
  #cancel: (() => void) | null = null
  readonly #pace: PaceState
  readonly #breaker: BreakerState = newBreaker()
  readonly #parts: TurnQueueParts

  constructor(parts: TurnQueueParts) {
    this.#parts = parts
    this.#pace = newPace(parts.now())
  }

  /** @param limits - as configured now */
  take(limits: TurnLimits, done: (turn: Turn) => void): void {
    this.#limits = limits
    this.#waiting.push({ since: this.#parts.now(), done })
    this.#serve()
  }

  /** A turn was not used. */
  giveBack(): void {
    noteReturned(this.#pace)
    this.#serve()
  }

  report({ item, signal, ok }: TurnReport): void {
    const now = this.#parts.now()
    noteEnd(this.#pace, this.#limits, signal, now, this.#parts.random)
    noteOutcome(this.#breaker, ok, item, now)
    this.#serve()
  }

  /** Gives every turn that is due, and sets a timer for the next. */
  #serve(): void {
    this.#cancel?.()
    this.#cancel = null
    while (this.#waiting.length > 0) {
      const now = this.#parts.now()
      const down = breakerWait(this.#breaker, now)
      const slow = waitFor(this.#pace, this.#limits, now)
      const paused = this.#pauseOf(down, slow)
      if (paused !== null) {
        for (const { done } of this.#waiting.splice(0)) done(paused)
        return
      }
      const wait = Math.max(down, slow)
      const oldest = this.#waiting[0]!
      if (wait > 0 && now < oldest.since + LONGEST_WAIT) {
        this.#cancel = this.#parts.after(Math.min(wait, oldest.since + LONGEST_WAIT - now), () => this.#serve())
        return
      }
      this.#waiting.shift()
      if (wait === 0) {
        noteSent(this.#pace, this.#limits, now)
        noteTrial(this.#breaker, now)
      }
      oldest.done({ kind: wait === 0 ? 'go' : 'later' })
    }
  }

  #pauseOf(down: number, slow: number): Turn | null {
    if (down > LONGEST_WAIT) return { kind: 'paused', milliseconds: down, reason: 'the endpoint does not answer' }
    if (slow <= PAUSE_FROM || slow === Number.POSITIVE_INFINITY) return null
    return { kind: 'paused', milliseconds: slow, reason: 'the endpoint asks for a longer wait between requests' }
  }
}
