/**
 * One time limit over a whole exchange: every hop and the body.
 * @module
 */
import { EgressError } from './egress-error.ts'

/** Timers: the platform's, or those of a test. */
export interface Timers {
  setTimeout(callback: () => void, milliseconds: number): unknown
  clearTimeout(handle: unknown): void
}

export interface Deadline {
  /** Aborts at the deadline, so that the platform closes the connection. */
  readonly signal: AbortSignal
  /** Settles like `work`, or rejects at the deadline even if `work` ignores the signal. */
  race<T>(work: Promise<T>): Promise<T>
  /** Stops the clock and aborts unfinished work. */
  end(): void
}

export function startDeadline(milliseconds: number, timers: Timers): Deadline {
  const controller = new AbortController()
  const { promise: expired, reject } = Promise.withResolvers<never>()
  expired.catch(() => {}) // It may fire while no work is raced.
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
