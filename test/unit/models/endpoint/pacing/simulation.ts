/**
 * Consumers of one endpoint with a limit, on a simulated clock: each waits for its turn, sends, waits for the
 * response and reports it.
 * @module
 */
import type { PaceLimits, PaceSignal, TurnLimits } from '../../../../../src/models/endpoint/pacing/pace.ts'
import { type Turn, TurnQueue } from '../../../../../src/models/endpoint/pacing/turn-queue.ts'
import { CounterRandom } from '../../../../../src/statistics/counter-random.ts'

const MINUTE = 60_000

/** Whether a request that arrives at a time is accepted, and how long a refused one should wait. */
export type Limiter = (now: number) => { readonly accepted: boolean; readonly retryAfter: number }

export const LIMITERS: Readonly<Record<string, (limit: number) => Limiter>> = {
  /** Minutes of the clock, as most gateways count. */
  'a fixed window': (limit) => {
    let window = -1
    let count = 0
    return (now) => {
      const current = Math.floor((now + 17_000) / MINUTE)
      if (current !== window) [window, count] = [current, 0]
      const accepted = count < limit
      if (accepted) count++
      return { accepted, retryAfter: (current + 1) * MINUTE - 17_000 - now }
    }
  },
  'a sliding window': (limit) => {
    const times: number[] = []
    return (now) => {
      while (times.length > 0 && times[0]! <= now - MINUTE) times.shift()
      const accepted = times.length < limit
      const retryAfter = accepted ? 0 : times[0]! + MINUTE - now
      if (accepted) times.push(now)
      return { accepted, retryAfter }
    }
  },
  'a token bucket': (limit) => {
    let tokens = limit
    let at = 0
    return (now) => {
      tokens = Math.min(limit, tokens + ((now - at) * limit) / MINUTE)
      at = now
      const accepted = tokens >= 1
      if (accepted) tokens--
      return { accepted, retryAfter: accepted ? 0 : ((1 - tokens) * MINUTE) / limit }
    }
  },
}

/** Refuses a share of requests, at any pace. */
export const atRandom = (share: number, seed: number, within: Limiter = () => ({ accepted: true, retryAfter: 0 })): Limiter => {
  const random = new CounterRandom(seed, 'refusals')
  return (now) => (random.uniform() < share ? { accepted: false, retryAfter: 1000 } : within(now))
}

export interface Simulation {
  readonly limiter: Limiter
  readonly consumers: number
  readonly minutes: number
  readonly configured: TurnLimits
  /** Limits in the headers of each response. */
  readonly headers?: PaceLimits
  /** Whether refusals say how long to wait. */
  readonly saysWhen: boolean
  readonly seed: number
  /** Tokens of each request; absent: none are reported. */
  readonly tokens?: number
  /** Mean milliseconds of a response. */
  readonly latency: number
}

export interface Outcome {
  readonly accepted: number
  readonly refused: number
  /** Most requests at once. */
  readonly most: number
}

const UNKNOWN: PaceLimits = { requestsPerMinute: null, tokensPerMinute: null }

export function simulate(wish: Simulation): Outcome {
  const random = new CounterRandom(wish.seed, 'pacing')
  const events: { at: number; order: number; action: () => void }[] = []
  let now = 0
  let order = 0
  const after = (milliseconds: number, action: () => void) => {
    const event = { at: now + milliseconds, order: order++, action }
    events.push(event)
    return () => {
      const index = events.indexOf(event)
      if (index >= 0) events.splice(index, 1)
    }
  }
  const queue = new TurnQueue({ now: () => now, after, random: () => random.uniform() })
  const outcome = { accepted: 0, refused: 0, most: 0 }
  let underWay = 0

  function consume(): void {
    queue.take(wish.configured, (turn: Turn) => {
      if (turn.kind !== 'go') return void after(turn.kind === 'later' ? 1 : turn.milliseconds, consume)
      outcome.most = Math.max(outcome.most, ++underWay)
      const onTheWay = wish.latency * random.uniform()
      after(onTheWay, () => {
        const { accepted, retryAfter } = wish.limiter(now)
        outcome[accepted ? 'accepted' : 'refused']++
        const signal: PaceSignal = {
          kind: accepted ? 'served' : 'refused',
          retryAfter: accepted || !wish.saysWhen ? null : retryAfter,
          tokens: wish.tokens ?? null,
          limits: wish.headers ?? UNKNOWN,
          exhaustedFor: null,
        }
        after(accepted ? wish.latency * (0.5 + random.uniform()) - onTheWay / 2 : 50, () => {
          underWay--
          queue.report({ item: 'item', signal, ok: true })
          consume()
        })
      })
    })
  }

  for (let consumer = 0; consumer < wish.consumers; consumer++) after(random.uniform() * 1000, consume)
  while (events.length > 0) {
    let next = 0
    for (let index = 1; index < events.length; index++)
      if (
        events[index]!.at < events[next]!.at ||
        (events[index]!.at === events[next]!.at && events[index]!.order < events[next]!.order)
      )
        next = index
    const [event] = events.splice(next, 1)
    if (event!.at > wish.minutes * MINUTE) break
    now = event!.at
    event!.action()
  }
  return outcome
}
