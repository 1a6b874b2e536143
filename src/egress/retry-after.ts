/**
 * The wait that a server asks for before a retry.
 * @module
 */

/**
 * Reads `retry-after-ms` (OpenAI's and Azure's finer form, which their SDKs prefer), otherwise `Retry-After`
 * in seconds or as an HTTP date (RFC 9110 section 10.2.3).
 * @param nowMilliseconds Unix time, for the date form; a date in the past means now.
 * @returns Milliseconds to wait, ≥ 0 and uncapped; undefined when neither header can be read.
 */
export function retryAfterMilliseconds(headers: Headers, nowMilliseconds: number): number | undefined {
  const milliseconds = decimal(headers.get('retry-after-ms'))
  if (milliseconds !== undefined) return milliseconds
  const value = headers.get('retry-after')
  const seconds = decimal(value)
  if (seconds !== undefined) return seconds * 1000
  // Every HTTP date ends in GMT. Date.parse alone would read "-5" as the year 2001.
  if (value === null || !value.trim().endsWith('GMT')) return undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMilliseconds)
}

function decimal(value: string | null): number | undefined {
  return value !== null && /^\s*\d{1,15}(?:\.\d+)?\s*$/.test(value) ? Number(value) : undefined
}
