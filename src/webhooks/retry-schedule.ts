/**
 * When a failed delivery is tried again: the schedule that Standard Webhooks 1.0.0 gives as an example ("Deliverability and
 * reliability"), ten attempts over a little more than three days.
 * @module
 */

const MINUTE = 60
const HOUR = 60 * MINUTE
const DELAYS_SECONDS = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR] as const

export const MAX_DELIVERY_ATTEMPTS = DELAYS_SECONDS.length + 1

/** How much later than the schedule jitter may make an attempt, as a share of the delay. */
const JITTER = 0.2

/**
 * Seconds to wait after attempt number `attempt` (from 1) has failed, up to a fifth longer than the schedule says, so that events
 * that failed together do not come back together. null: that was the last one.
 * @param random Uniform in [0, 1).
 */
export function nextAttemptDelay(attempt: number, random: () => number): number | null {
  const delay = DELAYS_SECONDS[attempt - 1]
  return delay === undefined ? null : delay * (1 + JITTER * random())
}
