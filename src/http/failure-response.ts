/**
 * The only mapping from failures to responses: RFC 9457 problem details, with OpenAI's `error` object on the
 * paths whose clients read it.
 * @module
 */
import { describeFailure, type Failure, Fault, type FieldError } from '../contracts/failure.ts'

/** Status, stable code and title of a failure. A kind without a case does not compile. */
function statusOf(failure: Failure): { status: number; code: string; title: string } {
  switch (failure.kind) {
    case 'invalid':
      return { status: 400, code: 'invalid_request', title: 'The request is not valid' }
    case 'unauthenticated':
      return { status: 401, code: 'unauthenticated', title: 'A valid key is needed' }
    case 'forbidden':
      return { status: 403, code: 'forbidden', title: 'This key may not do that' }
    case 'not_found':
      return { status: 404, code: 'not_found', title: `No such ${failure.resource}` }
    case 'method_not_allowed':
      return { status: 405, code: 'method_not_allowed', title: 'Method not allowed' }
    case 'timed_out':
      return { status: 408, code: 'timed_out', title: 'The request did not come in time' }
    case 'conflict':
      return { status: 409, code: 'conflict', title: 'The present state does not allow that' }
    case 'too_large':
      return { status: 413, code: 'too_large', title: 'Too large' }
    case 'unsupported_media':
      return { status: 415, code: 'unsupported_media_type', title: 'Unsupported media type' }
    case 'bad_image':
      return { status: 422, code: `bad_image.${failure.reason}`, title: 'The image cannot be used' }
    case 'unprocessable':
      return { status: 422, code: 'unprocessable', title: 'The content cannot be processed' }
    case 'rate_limited':
      return { status: 429, code: 'rate_limited', title: 'Too many requests' }
    case 'endpoint_failed':
      return { status: 502, code: failure.code, title: 'The endpoint gave no usable answer' }
    case 'damaged':
      return { status: 503, code: 'damaged_state', title: 'Stored state is missing or damaged' }
    case 'unavailable':
      return { status: 503, code: 'unavailable', title: 'Temporarily unavailable' }
  }
}

/**
 * Paths whose clients read the `error` member. OpenAI's SDKs show nothing else, even for an unknown route.
 */
const OPENAI_PATHS = /^\/v1(\/|$)/

const INTERNAL = { status: 500, code: 'internal', title: 'Something broke on our side' }

/** Errors quote the request, but shortened: ids and keys may be as long as a body. */
const MAX_DETAIL = 1000
const MAX_POINTER = 300
const clip = (text: string, most: number) => (text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text)
const shorten = ({ pointer, detail }: FieldError) => ({ pointer: clip(pointer, MAX_POINTER), detail: clip(detail, MAX_DETAIL) })

/** A problem document without a request id, for a current or a recorded failure. */
export function problemOf(failure: Failure | { readonly kind: 'internal'; readonly detail: string }) {
  const { status, code, title } = failure.kind === 'internal' ? INTERNAL : statusOf(failure)
  const detail = failure.kind === 'internal' ? failure.detail : clip(describeFailure(failure), MAX_DETAIL)
  const errors = failure.kind === 'internal' ? [] : fieldErrors(failure, detail).map(shorten)
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail,
    code,
    ...(errors.length > 0 ? { errors } : {}),
    ...(failure.kind === 'too_large' ? { limit: failure.limit, unit: failure.unit } : {}),
    ...(failure.kind === 'unsupported_media' ? { accepted: failure.accepted } : {}),
  }
}

interface Shown {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors?: readonly FieldError[] | undefined
}

/** OpenAI's `error` object of a problem. */
export function openAiError({ status, code, detail, errors }: Shown) {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error'
  return { message: detail, type, param: errors?.[0]?.pointer ?? null, code }
}

/**
 * The response for a thrown value. Anything except a {@link Fault} is a bug: logged in full, described in
 * general.
 */
export function failureResponse(thrown: unknown, request: { readonly path: string; readonly requestId: string }): Response {
  const failure = thrown instanceof Fault ? thrown.failure : null
  if (failure?.kind === 'damaged')
    console.error({ message: 'damaged state', request_id: request.requestId, error: failure.detail })
  if (failure === null)
    console.error({ message: 'unhandled', request_id: request.requestId, error: String(thrown), stack: (thrown as Error)?.stack })
  const { status, code, detail, errors, ...rest } = problemOf(
    failure ?? { kind: 'internal', detail: `the request could not be completed; quote request id ${request.requestId}` },
  )
  const body = {
    ...rest,
    status,
    detail,
    code,
    request_id: request.requestId,
    ...(errors ? { errors } : {}),
    ...(OPENAI_PATHS.test(request.path) ? { error: openAiError({ status, code, detail, errors }) } : {}),
  }
  const headers = new Headers({ 'content-type': 'application/problem+json', 'x-request-id': request.requestId })
  const retryAfterSeconds = failure !== null && 'retryAfterSeconds' in failure ? failure.retryAfterSeconds : undefined
  if (retryAfterSeconds !== undefined) headers.set('retry-after', String(retryAfterSeconds))
  if (failure?.kind === 'unauthenticated') headers.set('www-authenticate', 'Bearer realm="assay"')
  // OpenAI's SDKs would retry a 409. Without `retryAfterSeconds` the state does not change by itself.
  // An endpoint was asked again as often as its configuration says.
  if (failure?.kind === 'damaged' || failure?.kind === 'endpoint_failed') headers.set('x-should-retry', 'false')
  if (failure?.kind === 'conflict' && retryAfterSeconds === undefined) headers.set('x-should-retry', 'false')
  if (failure?.kind === 'method_not_allowed') headers.set('allow', failure.allowed.join(', '))
  return new Response(JSON.stringify(body), { status, headers })
}

function fieldErrors(failure: Failure, detail: string): readonly FieldError[] {
  if ('errors' in failure) return failure.errors
  if ('pointer' in failure && failure.pointer !== undefined) return [{ pointer: failure.pointer, detail }]
  return []
}
