/**
 * The final failure of a sample whose endpoint gave no usable answer: errored, never wrong.
 * @module
 */
import { SampleError } from '../../contracts/predictor.ts'
import type { EgressFailure } from '../../egress/egress-error.ts'
import type { Outcome } from './retry-policy.ts'

const CODES: Readonly<Record<EgressFailure['code'], string>> = {
  address_refused: 'endpoint_address_refused',
  timeout: 'endpoint_timeout',
  too_large: 'endpoint_response_too_large',
  network: 'endpoint_network',
  too_many_redirects: 'endpoint_too_many_redirects',
  content_type: 'endpoint_bad_response',
}

/** How much of an error body is worth keeping in a message. */
const EXCERPT_LENGTH = 200

/**
 * `endpoint_unauthorized` for 401 and 403, which only an administrator can mend; `endpoint_status_N` for other statuses; else a
 * name for what broke.
 * @param secret Taken out of what the endpoint says, since some echo the key they were given.
 */
export function finalFailure(endpoint: string, outcome: Outcome, attempts: number, secret: string | undefined): SampleError {
  const after = attempts === 1 ? '' : ` (attempt ${attempts}, the last)`
  if ('error' in outcome) {
    const { code, message } = outcome.error
    return new SampleError(CODES[code], `endpoint ${endpoint}: ${message}${after}`, { cause: outcome.error })
  }
  const { status, bytes } = outcome.response
  const code = status === 401 || status === 403 ? 'endpoint_unauthorized' : `endpoint_status_${status}`
  return new SampleError(code, `endpoint ${endpoint} answered ${status}${after}: ${redact(excerpt(bytes), secret)}`)
}

/** OpenAI's `error.message` if there is one, else the beginning of the body. */
function excerpt(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 64 * 1024))
  return (errorMessage(text) ?? text).replace(/\s+/g, ' ').trim() || 'no message'
}

function errorMessage(text: string): string | undefined {
  try {
    const message: unknown = JSON.parse(text)?.error?.message
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** Redacts before cutting, so that no part of a secret survives at the edge. */
function redact(text: string, secret: string | undefined): string {
  const safe = secret ? text.replaceAll(secret, '[secret]') : text
  return safe.length > EXCERPT_LENGTH ? `${safe.slice(0, EXCERPT_LENGTH)}…` : safe
}
