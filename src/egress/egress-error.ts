/**
 * How a fetch of a user's address can fail, as one tagged union. Egress never decides what a failure means: an image route maps it
 * to a `Fault`, the endpoint predictor to a retry or a `SampleError`, webhook delivery to another attempt.
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
  /** The address, or one that a redirect led to, is not one we may fetch. No bytes went there. */
  | { readonly code: 'address_refused'; readonly reason: AddressRefusal; readonly detail: string }
  /** Headers and body did not all arrive in time. The other side may have acted on the request. */
  | { readonly code: 'timeout'; readonly milliseconds: number }
  /** A successful answer is longer than the caller takes, counted after content decoding. */
  | { readonly code: 'too_large'; readonly limit: number }
  /** No complete answer: name resolution, connection, TLS, or a body cut short. */
  | { readonly code: 'network'; readonly detail: string }
  | { readonly code: 'too_many_redirects'; readonly limit: number }
  /** A successful answer of a type that the caller does not take; `received` is null when it declares none. */
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
