/**
 * All failures of a request or a sample, as one tagged union.
 *
 * Code throws a {@link Fault}. Only `http/failure-response.ts` turns one into a status and a body. Its switch
 * is exhaustive: a new kind without a mapping does not compile.
 * @module
 */

/**
 * One error: its place in the input, as a JSON pointer into the body (RFC 6901) or the name of a form or
 * query field, and a sentence without its subject.
 */
export interface FieldError {
  readonly pointer: string
  readonly detail: string
}

export type Failure =
  /** The body, a field or a parameter has the wrong syntax, type or range (400). */
  | { readonly kind: 'invalid'; readonly detail: string; readonly errors: readonly FieldError[] }
  | { readonly kind: 'unauthenticated'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly detail: string }
  | { readonly kind: 'not_found'; readonly resource: string; readonly id: string; readonly pointer?: string }
  | { readonly kind: 'method_not_allowed'; readonly method: string; readonly allowed: readonly string[] }
  /** The body did not arrive in time (408). */
  | { readonly kind: 'timed_out'; readonly detail: string }
  /** The present state does not allow the request (409); `retryAfterSeconds` if that changes by itself. */
  | { readonly kind: 'conflict'; readonly detail: string; readonly pointer?: string; readonly retryAfterSeconds?: number }
  | {
      readonly kind: 'too_large'
      readonly what: string
      readonly limit: number
      readonly actual?: number
      readonly unit: string
      readonly pointer?: string
      /** A way around the limit: an imperative without a full stop. */
      readonly remedy?: string
    }
  | {
      readonly kind: 'unsupported_media'
      readonly detail: string
      readonly accepted: readonly string[]
      readonly pointer?: string
    }
  /** An image whose bytes cannot be decoded as declared (422). `reason` is stable and machine-readable. */
  | { readonly kind: 'bad_image'; readonly reason: BadImageReason; readonly detail: string; readonly pointer?: string }
  /** Well-formed input that an official loader would reject, or that refers to something unusable (422). */
  | { readonly kind: 'unprocessable'; readonly detail: string; readonly errors: readonly FieldError[] }
  | { readonly kind: 'rate_limited'; readonly detail: string; readonly retryAfterSeconds: number }
  /** A dependency of this request is temporarily unavailable (503). */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfterSeconds: number }
  /** An endpoint gave no usable answer (502). `code` is as in runs, such as `endpoint_timeout`. */
  | { readonly kind: 'endpoint_failed'; readonly code: string; readonly detail: string }
  /** Stored state is missing, or differs from its digest (503). No retry helps; `object` is its key. */
  | { readonly kind: 'damaged'; readonly object: string; readonly detail: string }

export type BadImageReason =
  | 'empty'
  | 'unknown_format'
  | 'truncated'
  | 'corrupt'
  | 'zero_size'
  | 'animated'
  | 'unsupported_bit_depth'
  | 'unsupported_color'
  | 'too_many_scans'
  | 'too_many_chunks'
  | 'inflated_chunk'
  | 'header_mismatch'

/** A {@link Failure}, thrown. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly failure: Failure

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(describeFailure(failure), options)
    this.failure = failure
  }
}

/** `invalid`, for one field. */
export function invalidField(pointer: string, detail: string): Fault {
  return new Fault({ kind: 'invalid', detail: `${pointer || 'body'}: ${detail}`, errors: [{ pointer, detail }] })
}

/** `unprocessable`, for one record or field. */
export function unprocessableField(pointer: string, detail: string): Fault {
  return new Fault({ kind: 'unprocessable', detail: `${pointer || 'body'}: ${detail}`, errors: [{ pointer, detail }] })
}

/** Adds a remedy to a `too_large` that has none. */
export async function advise<T>(remedy: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.kind !== 'too_large' || error.failure.remedy !== undefined) throw error
    throw new Fault({ ...error.failure, remedy }, { cause: error })
  }
}

/** The sentences of a failure without their pointers: for a reader who sees a result and not the request. */
export function detailsOf(failure: Failure): string {
  const errors = 'errors' in failure ? failure.errors : []
  return errors.length > 0 ? errors.map(({ detail }) => detail).join('; ') : describeFailure(failure)
}

/** A one-line sentence for logs, the terminal and the `detail` of a problem document. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'not_found':
      if (failure.resource === 'route') return `there is no route ${failure.id}; GET /openapi.json lists the existing ones`
      return `no ${failure.resource} with id ${JSON.stringify(failure.id)}`
    case 'method_not_allowed':
      return `${failure.method} is not allowed here; allowed: ${failure.allowed.join(', ')}`
    case 'too_large':
      return (
        `${failure.what} is too large: the limit is ${failure.limit} ${failure.unit}` +
        (failure.actual === undefined ? '' : `, this has ${failure.actual}`) +
        (failure.remedy === undefined ? '' : `; ${failure.remedy}`)
      )
    case 'bad_image':
      return `image refused (${failure.reason}): ${failure.detail}`
    default:
      return failure.detail
  }
}
