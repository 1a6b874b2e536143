/**
 * A limit of requests per minute, as providers keep it: a bucket that refills steadily.
 * @module
 */

export interface Limiter {
  /** Takes one request, or says how many milliseconds until the next one is free. */
  take(
    perMinute: number,
  ): { readonly taken: true; readonly remaining: number } | { readonly taken: false; readonly waitMilliseconds: number }
}

/** The bucket holds one second's share, at least one request. @param now - milliseconds */
export function createLimiter(now: () => number): Limiter {
  let level: number | null = null
  let last = now()
  return {
    take(perMinute) {
      const capacity = Math.max(1, perMinute / 60)
      const time = now()
      level = Math.min(capacity, (level ?? capacity) + ((time - last) * perMinute) / 60_000)
      last = time
      if (level < 1) return { taken: false, waitMilliseconds: Math.ceil(((1 - level) * 60_000) / perMinute) }
      level--
      return { taken: true, remaining: Math.floor(level) }
    },
  }
}
