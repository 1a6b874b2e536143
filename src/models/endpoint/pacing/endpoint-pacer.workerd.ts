/**
 * The Durable Object that gives the turns of one tenant's endpoint: the one place that all consumers ask.
 *
 * Its state is in memory. If it is evicted, the pace is learned again from the limits and the next responses.
 * @module
 */
import { DurableObject } from 'cloudflare:workers'
import type { TurnLimits } from './pace.ts'
import { steadyClock } from './steady-clock.ts'
import { type Turn, TurnQueue, type TurnReport } from './turn-queue.ts'

export class EndpointPacer extends DurableObject {
  readonly #queue = new TurnQueue({
    now: steadyClock(() => Date.now()),
    after: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds)
      return () => clearTimeout(timer)
    },
    random: Math.random,
  })

  /** Waits for a turn, at most twenty seconds. */
  take(limits: TurnLimits): Promise<Turn> {
    return new Promise((resolve) => {
      this.#queue.take(limits, resolve)
    })
  }

  giveBack(): void {
    this.#queue.giveBack()
  }

  report(report: TurnReport): void {
    this.#queue.report(report)
  }
}
