/**
 * The final failure of a sample without a usable answer from its endpoint: errored, never wrong.
 * @module
 */
import { SampleError } from '../../contracts/model.ts'
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

/** Most characters of an error body in a message. */
const EXCERPT_LENGTH = 200
/** Most characters of an error's own code. */
const CODE_LENGTH = 40

/**
 * `endpoint_unauthorized` for 401 and 403, which only an administrator can fix; `endpoint_status_N` for other
 * statuses, of an answer or of an error inside a 200; `endpoint_error` for an error without a status;
 * otherwise a name for the fault.
 * @param secrets removed from the endpoint's message, since some endpoints echo the key or address
 */
export function finalFailure(endpoint: string, outcome: Outcome, attempts: number, secrets: readonly string[]): SampleError {
  const after = attempts === 1 ? '' : ` (attempt ${attempts}, the last)`
  if ('error' in outcome) {
    const { code, message } = outcome.error
    return new SampleError(CODES[code], `endpoint ${endpoint}: ${message}${after}`, { cause: outcome.error })
  }
  const { response, reported } = outcome
  const said = (text: string, most: number) => cut(redact(clean(text), secrets), most)
  if (reported !== undefined) {
    const { status, code, message } = reported
    const name = code === null ? 'an error' : `the error ${said(code, CODE_LENGTH)}`
    return new SampleError(
      status === null ? 'endpoint_error' : codeOf(status),
      `endpoint ${endpoint} answered ${response.status} with ${name} inside${after}: ${said(message ?? '', EXCERPT_LENGTH) || 'no message'}`,
    )
  }
  return new SampleError(
    codeOf(response.status),
    `endpoint ${endpoint} answered ${response.status}${after}: ${said(excerpt(response.bytes), EXCERPT_LENGTH) || 'no message'}`,
  )
}

function codeOf(status: number): string {
  return status === 401 || status === 403 ? 'endpoint_unauthorized' : `endpoint_status_${status}`
}

/** OpenAI's `error.message` if there is one, otherwise the beginning of the body. */
function excerpt(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 64 * 1024))
  return errorMessage(text) ?? text
}

function errorMessage(text: string): string | undefined {
  try {
    const message: unknown = JSON.parse(text)?.error?.message
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** One line, without control characters. */
function clean(text: string): string {
  return text
    .slice(0, 64 * 1024)
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
}

/**
 * Before cutting, so that no part of a secret remains at the edge. Longest first, so that none remains in
 * part.
 */
function redact(text: string, secrets: readonly string[]): string {
  return secrets.toSorted((a, b) => b.length - a.length).reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text
}
