/**
 * Failures of a fetch of a user's address, as one tagged union. Callers decide the consequence: the endpoint
 * model retries or records a `SampleError`, webhook delivery schedules another attempt.
 *
 * Messages name hosts and limits but never a path or query, which may carry a presigned secret.
 * @module
 */

/** The rule of `address.ts` that an address breaks. */
export type AddressRefusal =
  | 'not_a_url'
  | 'too_long'
  | 'scheme'
  | 'credentials'
  | 'port'
  | 'ip_literal'
  | 'single_label'
  | 'special_name'
  | 'malformed_name'
  | 'own_host'

export type EgressFailure =
  /** The address, or the target of a redirect, may not be fetched. No bytes were sent there. */
  | { readonly code: 'address_refused'; readonly reason: AddressRefusal; readonly detail: string }
  /** Headers and body did not arrive in time. The other side may have acted on the request. */
  | { readonly code: 'timeout'; readonly milliseconds: number }
  /** A successful answer exceeds the caller's limit, counted after content decoding. */
  | { readonly code: 'too_large'; readonly limit: number }
  /** No complete answer: name resolution, connection, TLS, or a body cut short. */
  | { readonly code: 'network'; readonly detail: string }
  | { readonly code: 'too_many_redirects'; readonly limit: number }
  /**
   * A successful answer of a type that the caller does not accept; `received` is null without a declared
   * type.
   */
  | { readonly code: 'content_type'; readonly received: string | null; readonly accepted: readonly string[] }

export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly failure: EgressFailure

  constructor(failure: EgressFailure, options?: { cause?: unknown }) {
    super(describe(failure), options)
    this.failure = failure
  }

  get code(): EgressFailure['code'] {
    return this.failure.code
  }
}

function describe(failure: EgressFailure): string {
  switch (failure.code) {
    case 'address_refused':
    case 'network':
      return failure.detail
    case 'timeout':
      return `no complete answer within ${failure.milliseconds} ms`
    case 'too_large':
      return `the answer is longer than ${failure.limit} bytes`
    case 'too_many_redirects':
      return `more than ${failure.limit} redirects`
    case 'content_type':
      return `the answer is ${failure.received ?? 'of no declared type'}, not ${failure.accepted.join(' or ')}`
  }
}
