/**
 * Counts guesses by network: wrong keys and unknown triggers. Once a network has guessed too often, its
 * guesses cost no look-up for a minute. Correct ones are still answered.
 * @module
 */
import type { Clock } from '../contracts/ports.ts'

/** How long guesses are refused without a look-up, in milliseconds: the period of the platform's limiter. */
const REFUSAL_MILLISECONDS = 60_000

/** Most networks remembered. Beyond it the oldest are forgotten, which costs look-ups. */
const MOST_NETWORKS = 10_000

export interface FailedAttempts {
  /** Whether guesses from this source are currently refused. */
  refused(source: string): boolean
  /** Counts one guess. Returns false if it exceeds the limit. */
  count(source: string): Promise<boolean>
}

/** Lives as long as the isolate. @returns the counter for one request, given the platform's limiter */
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
