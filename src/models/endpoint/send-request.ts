/**
 * One request to an endpoint, without retries.
 * @module
 */
import { endpointUrl } from '../../contracts/endpoint-address.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { EgressError } from '../../egress/egress-error.ts'
import type { Egress } from '../../egress/egress.ts'
import type { Outcome } from './retry-policy.ts'

/**
 * An endpoint as an administrator configured it. Runs refer to it by name, so a run cannot send its secret to
 * another address.
 */
export type Endpoint = Pick<EndpointRecord, 'name' | 'baseUrl' | 'timeoutMs' | 'maxAttempts' | 'concurrency'>

/** The part of a request that its model decides. */
export interface EndpointMessage {
  /** Below the base address, such as `chat/completions`. */
  readonly path: string
  /** JSON. */
  readonly body: Uint8Array
  /** Longest accepted answer, in bytes. */
  readonly maxResponseBytes: number
}

/** Sends once and waits at most `milliseconds`. A refusal of any kind is an outcome, not a rejection. */
export type SendRequest = (message: EndpointMessage, milliseconds: number) => Promise<Outcome>

export interface SenderParts {
  readonly endpoint: Pick<Endpoint, 'baseUrl'>
  readonly egress: Pick<Egress, 'fetch'>
  /** The bearer token; undefined if the endpoint needs none. */
  readonly secret: string | undefined
}

export function createSender({ endpoint, egress, secret }: SenderParts): SendRequest {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
  }
  return async ({ path, body, maxResponseBytes: bytes }, milliseconds) => {
    // The base address keeps its query: some providers have their `api-version` there.
    const url = endpointUrl(endpoint.baseUrl, path)
    const limits = { bytes, milliseconds }
    try {
      return { response: await egress.fetch(url, { purpose: 'endpoint', method: 'POST', headers, body, limits }) }
    } catch (error) {
      if (error instanceof EgressError) return { error }
      throw error
    }
  }
}
