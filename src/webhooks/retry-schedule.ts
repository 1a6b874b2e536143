/**
 * Retry schedule of failed deliveries: the example of Standard Webhooks 1.0.0 ("Deliverability and
 * reliability"), ten attempts in a little over three days.
 * @module
 */

const MINUTE = 60
const HOUR = 60 * MINUTE
const DELAYS_SECONDS = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR] as const

export const MAX_DELIVERY_ATTEMPTS = DELAYS_SECONDS.length + 1

/** Largest jitter, as a share of the delay. */
const JITTER = 0.2

/**
 * Seconds to wait after failed attempt `attempt` (from 1); null after the last. Up to a fifth longer than the
 * schedule, so that events that failed together are spread out.
 * @param random uniform in [0, 1)
 */
export function nextAttemptDelay(attempt: number, random: () => number): number | null {
  const delay = DELAYS_SECONDS[attempt - 1]
  return delay === undefined ? null : delay * (1 + JITTER * random())
}
