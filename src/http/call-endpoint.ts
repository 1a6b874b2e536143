/**
 * Calls of configured endpoints by a request, outside runs.
 * @module
 */
import { answersLater } from '../contracts/endpoint.ts'
import { type Failure, Fault, unprocessableField } from '../contracts/failure.ts'
import { ModelPaused, SampleError } from '../contracts/model.ts'
import type { EndpointRecord, Principal } from '../contracts/records.ts'
import type { DirectCaller } from '../models/endpoint/direct/direct-caller.ts'
import type { Services } from './app-context.ts'
import { secondsToMidnight } from './seconds-to-midnight.ts'

/**
 * Opens an endpoint for one request, and uses it. Its kind says what runs ask it: a server of chat
 * completions may have embeddings too, and refuses what it does not have.
 * @param pointer - place of its name in the request
 * @throws {Fault} `unprocessable` for an endpoint that answers later, or a request that it refuses;
 *   `endpoint_failed` without a usable answer; `rate_limited` once its daily budget is spent; `unavailable`
 *   while it takes no requests
 */
export async function withEndpoint<T>(
  services: Services,
  principal: Principal,
  endpoint: EndpointRecord,
  pointer: string,
  use: (caller: DirectCaller) => Promise<T>,
): Promise<T> {
  if (answersLater(endpoint))
    throw unprocessableField(
      pointer,
      `the endpoint ${endpoint.name} is of the kind ${endpoint.kind}, which answers later; name one of the kind chat or embeddings`,
    )
  if (endpoint.secretName !== null) services.checkSecret(principal.tenant, endpoint.secretName, pointer)
  try {
    return await use(await services.openEndpoint(principal, endpoint))
  } catch (error) {
    if (error instanceof ModelPaused || error instanceof SampleError)
      throw new Fault(failureOf(error, services.clock.now()), { cause: error })
    throw error
  }
}

/** Statuses by which an endpoint says that the request is at fault. */
const ITS_FAULT = new Set(['endpoint_status_400', 'endpoint_status_404', 'endpoint_status_413', 'endpoint_status_422'])

/** A failure of an endpoint as one of the request. */
export function failureOf(error: ModelPaused | SampleError, now: number): Failure {
  const { message: detail } = error
  if (error instanceof ModelPaused)
    return { kind: 'unavailable', detail, retryAfterSeconds: Math.max(1, Math.ceil((error.until - now) / 1000)) }
  if (error.code === 'budget_spent') return { kind: 'rate_limited', detail, retryAfterSeconds: secondsToMidnight(now) }
  if (error.code === 'endpoint_status_429') return { kind: 'rate_limited', detail, retryAfterSeconds: 30 }
  if (ITS_FAULT.has(error.code) || !error.code.startsWith('endpoint_')) return { kind: 'unprocessable', detail, errors: [] }
  return { kind: 'endpoint_failed', code: error.code, detail }
}
