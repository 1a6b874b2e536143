/**
 * One heavy thing at a time in an isolate, for memory's sake: a decoded picture takes up to 16 MB, and decoding waits for the
 * platform's streams, so that without this several requests would hold one each.
 * @module
 */
import type { Exclusive } from '../../media/mutex.ts'

export interface TurnstileOptions {
  /** Keeps the holder's work going when its client goes away (`waitUntil` of `cloudflare:workers`). */
  readonly keepAlive?: (work: Promise<unknown>) => void
  /** A holder silent for this long is taken for dead. */
  readonly expiryMilliseconds?: number
}

const POLL_MILLISECONDS = 1

/**
 * No promise crosses from one request to another: whoever waits, waits on timers of its own. So a request that is cancelled while
 * it waits harms nobody, and one that dies while it holds delays the others by the expiry at most. Who waits longest is not
 * always next.
 */
export function createTurnstile({ keepAlive, expiryMilliseconds = 20_000 }: TurnstileOptions = {}): Exclusive {
  let holder: { readonly since: number } | undefined
  let waiting = 0
  const isFree = (): boolean => holder === undefined || Date.now() - holder.since > expiryMilliseconds

  async function wait(): Promise<void> {
    waiting++
    try {
      do await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
      while (!isFree())
    } finally {
      waiting--
    }
  }

  async function hold<T>(task: () => Promise<T>): Promise<T> {
    const mine = { since: Date.now() }
    holder = mine
    try {
      return await task()
    } finally {
      // After an expiry someone else may hold it.
      if (holder === mine) holder = undefined
    }
  }

  return async (task) => {
    // A newcomer lets those who wait go first.
    if (!isFree() || waiting > 0) await wait()
    const work = hold(task)
    keepAlive?.(work.catch(() => undefined))
    return work
  }
}
