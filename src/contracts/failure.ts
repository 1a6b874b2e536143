/**
 * Every way a request or a sample can fail, as one tagged union.
 *
 * Rooms throw a {@link Fault}; `http/failure-response.ts` is the only place that turns one into a status and a body, by an
 * exhaustive switch, so a new kind that nobody mapped does not compile.
 * @module
 */

/** One offending place in the input: an RFC 6901 JSON pointer into the body (or a form/query field name) and what is wrong there. */
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
  /** The body did not come in time (408). */
  | { readonly kind: 'timed_out'; readonly detail: string }
  /** The request is fine, the present state is not (409); `retryAfterSeconds` where it will be by itself. */
  | { readonly kind: 'conflict'; readonly detail: string; readonly pointer?: string; readonly retryAfterSeconds?: number }
  | {
      readonly kind: 'too_large'
      readonly what: string
      readonly limit: number
      readonly actual?: number
      readonly unit: string
      readonly pointer?: string
      /** What to do instead, as an imperative without a full stop. */
      readonly remedy?: string
    }
  | {
      readonly kind: 'unsupported_media'
      readonly detail: string
      readonly accepted: readonly string[]
      readonly pointer?: string
    }
  /** An image whose bytes cannot be turned into pixels as promised (422). `reason` is stable and machine-readable. */
  | { readonly kind: 'bad_image'; readonly reason: BadImageReason; readonly detail: string; readonly pointer?: string }
  /** Well-formed input that an official loader would reject, or that refers to something unusable (422). */
  | { readonly kind: 'unprocessable'; readonly detail: string; readonly errors: readonly FieldError[] }
  | { readonly kind: 'rate_limited'; readonly detail: string; readonly retryAfterSeconds: number }
  /** Something this request depends on is temporarily out of reach (503). */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfterSeconds: number }

  /** Stored state is missing, or is not what its digest says (503). No retry helps; `object` is its key. */
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

/** A {@link Failure} on its way to whoever can answer for it. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly failure: Failure

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(describeFailure(failure), options)
    this.failure = failure
  }
}

/** One wrong field: the commonest failure, in one line at the call site. */
export function invalidField(pointer: string, detail: string): Fault {
  return new Fault({ kind: 'invalid', detail: `${pointer || 'body'}: ${detail}`, errors: [{ pointer, detail }] })
}

/** One record that an official loader would reject. */
export function unprocessableField(pointer: string, detail: string): Fault {
  return new Fault({ kind: 'unprocessable', detail: `${pointer || 'body'}: ${detail}`, errors: [{ pointer, detail }] })
}

/** Adds the way forward to a refusal for size, where the work knows it better than what counts the bytes. */
export async function advise<T>(remedy: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault) || error.failure.kind !== 'too_large' || error.failure.remedy !== undefined) throw error
    throw new Fault({ ...error.failure, remedy }, { cause: error })
  }
}

/** A one-line sentence for logs, the terminal and the `detail` of a problem document. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'not_found':
      if (failure.resource === 'route') return `there is no route ${failure.id}; GET /openapi.json lists those that there are`
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
