/**
 * One time limit over a whole exchange: every hop and the body.
 * @module
 */
import { EgressError } from './egress-error.ts'

/** The platform's timers, or a test's. */
export interface Timers {
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(handle: unknown): void
}

export interface Deadline {
  /** Aborts when time is up, so that the platform closes the connection. */
  readonly signal: AbortSignal
  /** Settles like `work`, or rejects when time is up even if `work` ignores the signal. */
  race<T>(work: Promise<T>): Promise<T>
  /** Stops the clock and aborts whatever is still under way. */
  end(): void
}

export function startDeadline(milliseconds: number, timers: Timers): Deadline {
  const controller = new AbortController()
  const { promise: expired, reject } = Promise.withResolvers<never>()
  expired.catch(() => {}) // Nobody may be racing when it fires.
  const handle = timers.setTimeout(() => {
    const error = new EgressError({ code: 'timeout', milliseconds })
    reject(error)
    controller.abort(error)
  }, milliseconds)
  return {
    signal: controller.signal,
    race: (work) => Promise.race([work, expired]),
    end: () => {
      timers.clearTimeout(handle)
      controller.abort()
    },
  }
}
