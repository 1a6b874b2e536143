/**
 * A weighted semaphore that limits the memory of concurrent requests in one isolate.
 *
 * An isolate's requests share 128 MB, and a request holds its picture until the rest has arrived. Without a
 * limit, several requests could each hold a picture of the largest size.
 * @module
 */

export interface SemaphoreOptions {
  /** Largest sum of weights inside at once. */
  readonly capacity: number
  /** Keeps admitted work going when its client goes away (`waitUntil` of `cloudflare:workers`). */
  readonly keepAlive?: (work: Promise<unknown>) => void
  /** Longer work (a dead request, a very slow upload) is no longer counted. */
  readonly expiryMilliseconds?: number
  /** Unix milliseconds. */
  readonly now?: () => number
}

/**
 * Runs `task` once `weight` fits, first come, first served. A weight above the capacity counts as the
 * capacity.
 */
export type Semaphore = <T>(weight: number, task: () => Promise<T>) => Promise<T>

const POLL_MILLISECONDS = 1
/** A waiter that has not polled for this long has gone with its request. */
const LOST_MILLISECONDS = 1000

interface Waiter {
  seen: number
}

/**
 * No promise crosses from one request to another: each waiter polls by its own timers. A request that is
 * cancelled while waiting, or dies inside, delays the others but never blocks them.
 */
export function createSemaphore(options: SemaphoreOptions): Semaphore {
  const { capacity, keepAlive, expiryMilliseconds = 10_000, now = Date.now } = options
  const inside = new Set<{ readonly weight: number; readonly since: number }>()
  let queue: Waiter[] = []

  function fits(weight: number): boolean {
    let sum = weight
    for (const holder of inside) {
      // The absolute value also expires holders from before the clock was set back.
      if (Math.abs(now() - holder.since) > expiryMilliseconds) inside.delete(holder)
      else sum += holder.weight
    }
    return sum <= capacity
  }

  /**
   * Resolves when the caller is first in the queue and fits. It stays in the queue, so newcomers cannot
   * overtake.
   */
  async function wait(weight: number): Promise<void> {
    const me: Waiter = { seen: now() }
    queue.push(me)
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
      me.seen = now()
      // Dropped while the isolate computed for long: back to the end of the queue.
      if (!queue.includes(me)) queue.push(me)
      queue = queue.filter((waiter) => Math.abs(me.seen - waiter.seen) < LOST_MILLISECONDS)
    } while (queue[0] !== me || !fits(weight))
  }

  return async (asked, task) => {
    const weight = Math.min(asked, capacity)
    if (queue.length > 0 || !fits(weight)) {
      await wait(weight)
      queue.shift()
    }
    const holder = { weight, since: now() }
    inside.add(holder)
    const work = task().finally(() => inside.delete(holder))
    keepAlive?.(work.catch(() => undefined))
    return work
  }
}
