/**
 * One time limit over a whole exchange, every hop and the body; or over each silence of a body that is read
 * as it comes.
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
  /** Begins the time anew: something came. */
  restart(): void
  /** Stops the clock and aborts unfinished work. */
  end(): void
}

export function startDeadline(milliseconds: number, timers: Timers): Deadline {
  const controller = new AbortController()
  const { promise: expired, reject } = Promise.withResolvers<never>()
  expired.catch(() => {}) // It may fire while no work is raced.
  const start = () =>
    timers.setTimeout(() => {
      const error = new EgressError({ code: 'timeout', milliseconds })
      reject(error)
      controller.abort(error)
    }, milliseconds)
  let handle = start()
  return {
    signal: controller.signal,
    race: (work) => Promise.race([work, expired]),
    restart: () => {
      timers.clearTimeout(handle)
      handle = start()
    },
    end: () => {
      timers.clearTimeout(handle)
      controller.abort()
    },
  }
}
