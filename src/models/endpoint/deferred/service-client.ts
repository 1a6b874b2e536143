/**
 * Requests to an endpoint that are not questions to its model: uploads, batches, jobs. Nothing here is paid.
 * @module
 */
import { endpointUrl } from '../../../contracts/endpoint-address.ts'
import { SampleError } from '../../../contracts/model.ts'
import { EgressError } from '../../../egress/egress-error.ts'
import type { RetryParts } from '../call-endpoint.ts'
import { isRetryable, type Outcome, retryDelay } from '../retry-policy.ts'
import type { Endpoint, SenderParts } from '../send-request.ts'

export interface ServiceRequest<Answer> {
  readonly method: 'GET' | 'POST'
  /** Below the base address. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly maxResponseBytes: number
  /** @throws {SampleError} for a body with a success status that cannot be used */
  readonly read: (body: Uint8Array) => Answer
}

/** `outcome`: of the last attempt. */
export type ServiceReply<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly outcome: Outcome; readonly reason: string }

export interface ServiceClient {
  /** One attempt. */
  once<Answer>(request: ServiceRequest<Answer>): Promise<ServiceReply<Answer>>
  /** Repeats what may be repeated: a status or a connection that may recover, a body that cannot be read. */
  ask<Answer>(request: ServiceRequest<Answer>): Promise<ServiceReply<Answer>>
}

export interface ServiceClientParts extends RetryParts, SenderParts {
  readonly endpoint: Pick<Endpoint, 'baseUrl' | 'timeoutMs' | 'maxAttempts'>
}

export function createServiceClient(parts: ServiceClientParts): ServiceClient {
  const { endpoint, egress, secret, sleep, random, now } = parts

  async function once<Answer>(request: ServiceRequest<Answer>): Promise<ServiceReply<Answer>> {
    const { method, path, query = {}, headers, body, maxResponseBytes, read } = request
    const url = endpointUrl(endpoint.baseUrl, path)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const sent = {
      purpose: 'endpoint' as const,
      method,
      headers: { ...headers, ...(secret !== undefined && { authorization: `Bearer ${secret}` }) },
      ...(body !== undefined && { body }),
      limits: { bytes: maxResponseBytes, milliseconds: endpoint.timeoutMs },
    }
    let outcome: Outcome
    try {
      const response = await egress.fetch(url, sent)
      outcome = { response }
      if (response.status < 200 || response.status > 299) return { ok: false, outcome, reason: `it answered ${response.status}` }
      return { ok: true, answer: read(response.bytes) }
    } catch (error) {
      if (error instanceof EgressError) return { ok: false, outcome: { error }, reason: error.message }
      if (error instanceof SampleError) return { ok: false, outcome: outcome!, reason: error.message }
      throw error
    }
  }

  return {
    once,
    async ask(request) {
      for (let attempt = 1; ; attempt++) {
        const reply = await once(request)
        if (reply.ok || attempt >= endpoint.maxAttempts || !mayRecover(reply.outcome)) return reply
        await sleep(retryDelay(reply.outcome, attempt, now(), random))
      }
    },
  }
}

/** Including a body with a success status that could not be read. */
const mayRecover = (outcome: Outcome): boolean => isRetryable(outcome) || ('response' in outcome && outcome.response.status < 300)
