/**
 * Who may hold memory now. Requests of one isolate share 128 MB, and a request holds its picture while it waits for the rest of it,
 * so without a gate several would hold the largest there is.
 * @module
 */

export interface GateOptions {
  /** Sum of the weights that may be inside at once. */
  readonly capacity: number
  /** Keeps the work of who is inside going when its client goes away (`waitUntil` of `cloudflare:workers`). */
  readonly keepAlive?: (work: Promise<unknown>) => void
  /** Who stays inside for longer (a dead request, a very slow upload) is no longer counted. */
  readonly expiryMilliseconds?: number
  /** Unix milliseconds. */
  readonly now?: () => number
}

/** Runs `task` when `weight` fits; a weight above the capacity counts as the capacity. First come, first served. */
export type Gate = <T>(weight: number, task: () => Promise<T>) => Promise<T>

const POLL_MILLISECONDS = 1
/** Who waits and has not looked for this long is gone. */
const LOST_MILLISECONDS = 1000

interface Waiter {
  seen: number
}

/**
 * No promise crosses from one request to another: whoever waits, waits on timers of its own. So a request that is cancelled while
 * it waits, or dies inside, delays the others and never stops them.
 */
export function createGate({ capacity, keepAlive, expiryMilliseconds = 10_000, now = Date.now }: GateOptions): Gate {
  const inside = new Set<{ readonly weight: number; readonly since: number }>()
  let queue: Waiter[] = []

  function fits(weight: number): boolean {
    let sum = weight
    for (const holder of inside) {
      // A clock that was set back counts, too: nobody waits for it to catch up.
      if (Math.abs(now() - holder.since) > expiryMilliseconds) inside.delete(holder)
      else sum += holder.weight
    }
    return sum <= capacity
  }

  /** Until the caller stands first and fits; it stays in the queue, so that no newcomer slips in before it. */
  async function wait(weight: number): Promise<void> {
    const me: Waiter = { seen: now() }
    queue.push(me)
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
      me.seen = now()
      // Whoever was thought lost, while this isolate computed for long, stands at the end again.
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
