/**
 * @module
 */

/** Seconds until the next UTC day, when daily budgets begin again. @param now - Unix milliseconds */
export function secondsToMidnight(now: number): number {
  const day = 86_400_000
  return Math.ceil((day - (now % day)) / 1000)
}
