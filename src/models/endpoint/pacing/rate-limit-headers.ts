/**
 * The headers in which OpenAI and compatible providers tell their limits per minute:
 * `x-ratelimit-limit-requests`, `-remaining-requests`, `-reset-requests`, and the same for tokens.
 * @module
 */
import type { PaceLimits } from './pace.ts'

export function limitsOf(headers: Headers): PaceLimits {
  return {
    requestsPerMinute: limit(headers.get('x-ratelimit-limit-requests')),
    tokensPerMinute: limit(headers.get('x-ratelimit-limit-tokens')),
  }
}

/** Milliseconds until there is quota again; null if some is left, or the headers do not say. */
export function quotaIsBackIn(headers: Headers): number | null {
  const waits = ['requests', 'tokens'].flatMap((what) => {
    if (headers.get(`x-ratelimit-remaining-${what}`)?.trim() !== '0') return []
    return duration(headers.get(`x-ratelimit-reset-${what}`)) ?? []
  })
  return waits.length === 0 ? null : Math.max(...waits)
}

function limit(text: string | null): number | null {
  return text !== null && /^\s*\d{1,9}\s*$/.test(text) && Number(text) > 0 ? Number(text) : null
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** Go's form of a duration, such as `6m0s` or `120ms`, or seconds. Longer than an hour counts as an hour. */
function duration(text: string | null): number | null {
  const trimmed = text?.trim().slice(0, 40) ?? ''
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return Math.min(UNITS['h']!, 1000 * Number(trimmed))
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(trimmed)) return null
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)]
  return Math.min(
    UNITS['h']!,
    parts.reduce((sum, [, value, unit]) => sum + Number(value) * UNITS[unit!]!, 0),
  )
}
