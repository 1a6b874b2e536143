/**
 * Turns of the models in one isolate, within a byte budget.
 *
 * Requests of one model go together, and others wait: otherwise requests for two models in turns would each
 * load a model at every step, with both a file and a picture in memory. A model keeps its turn for a while
 * after it got it, also for requests that come later, and then until those inside have left.
 *
 * No promise crosses from one request to another: each waiter polls by its own timers, as in `semaphore.ts`.
 * @module
 */
import type { Turn } from '../../contracts/turn.ts'

export interface TurnsOptions {
  /** Largest sum of the bytes of models inside. A model that exceeds it alone may enter alone. */
  readonly capacity: number
  /** Keeps a request inside alive though its client has left (`waitUntil` of `cloudflare:workers`). */
  readonly keepAlive?: (work: Promise<unknown>) => void
  /** Unix milliseconds. */
  readonly now?: () => number
}

export interface Turns {
  /** @param bytes - the memory of the model while it is loaded */
  enter(model: string, bytes: number): Promise<Turn>
  /** Models inside, for reports and tests. */
  inside(): readonly string[]
}

const POLL_MILLISECONDS = 1
/** Others of the same model may join this long while another model waits. Loading takes about as long. */
const JOIN_MILLISECONDS = 300
/** A waiter that has not polled for this long has gone with its request. */
const LOST_MILLISECONDS = 1000
/** Longer work has died with its request. A thousand labels with seven prompts each take less. */
const EXPIRY_MILLISECONDS = 25_000

interface Waiter {
  readonly model: string
  seen: number
}

interface Group {
  readonly bytes: number
  /** Start of the model's turn. */
  readonly since: number
  /** Starts of the works inside. */
  readonly works: Set<{ readonly since: number }>
}

export function createTurns({ capacity, keepAlive, now = Date.now }: TurnsOptions): Turns {
  const groups = new Map<string, Group>()
  let queue: Waiter[] = []

  function forgetDead(): void {
    for (const [model, { works }] of groups) {
      // The absolute value also expires works from before the clock was set back.
      for (const work of works) if (Math.abs(now() - work.since) > EXPIRY_MILLISECONDS) works.delete(work)
      if (works.size === 0) groups.delete(model)
    }
    queue = queue.filter((waiter) => Math.abs(now() - waiter.seen) < LOST_MILLISECONDS)
  }

  function mayEnter(model: string, bytes: number): boolean {
    forgetDead()
    const group = groups.get(model)
    const first = queue.find((waiter) => waiter.model !== model)
    if (group !== undefined) return first === undefined || Math.abs(now() - group.since) < JOIN_MILLISECONDS
    const ahead = queue[0]
    if (ahead !== undefined && ahead.model !== model) return false
    const held = [...groups.values()].reduce((sum, one) => sum + one.bytes, 0)
    return groups.size === 0 || held + bytes <= capacity
  }

  function open(model: string, bytes: number): Turn {
    const group = groups.get(model) ?? { bytes, since: now(), works: new Set() }
    groups.set(model, group)
    const work = { since: now() }
    group.works.add(work)
    let ended: () => void = () => undefined
    keepAlive?.(new Promise<void>((resolve) => (ended = resolve)))
    return {
      leave() {
        group.works.delete(work)
        ended()
      },
    }
  }

  return {
    async enter(model, bytes) {
      if (mayEnter(model, bytes)) return open(model, bytes)
      const me: Waiter = { model, seen: now() }
      queue.push(me)
      do {
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
        me.seen = now()
        // Dropped while the isolate computed for long: back to the end of the queue.
        if (!queue.includes(me)) queue.push(me)
      } while (!mayEnter(model, bytes))
      queue = queue.filter((waiter) => waiter !== me)
      return open(model, bytes)
    },
    inside() {
      forgetDead()
      return [...groups.keys()]
    },
  }
}
