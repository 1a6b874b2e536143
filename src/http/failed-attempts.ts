/**
 * Guesses: keys that are wrong and triggers that are not there, counted by network. Once a network has guessed too often, its guesses cost
 * no look-up for a minute; what is right is answered all the while.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'

/** How long guesses are refused unseen, in milliseconds: the period of the platform's limiter. */
const REFUSAL_MILLISECONDS = 60_000

/** Networks that are remembered; beyond it the first ones are forgotten, which costs look-ups. */
const MOST_NETWORKS = 10_000

export interface FailedAttempts {
  /** Whether guesses from this source are refused at present. */
  refused(source: string): boolean
  /** Counts one. Returns false when it is one too many. */
  count(source: string): Promise<boolean>
}

/** Lives as long as the isolate. @returns for one request, given the platform's limiter. */
export function createFailedAttempts(clock: Clock): (limit: (source: string) => Promise<boolean>) => FailedAttempts {
  const refusedUntil = new Map<string, number>()
  return (limit) => ({
    refused(source) {
      const left = (refusedUntil.get(source) ?? -Infinity) - clock.now()
      return left > 0 && left <= REFUSAL_MILLISECONDS
    },
    async count(source) {
      if (await limit(source)) return true
      refusedUntil.delete(source)
      refusedUntil.set(source, clock.now() + REFUSAL_MILLISECONDS)
      if (refusedUntil.size > MOST_NETWORKS) refusedUntil.delete(refusedUntil.keys().next().value!)
      return false
    },
  })
}
