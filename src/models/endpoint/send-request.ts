/**
 * One request to an endpoint, without retries.
 * @module
 */
import { endpointUrl } from '../../contracts/endpoint-address.ts'
import { joined } from '../../contracts/joined-bytes.ts'
import type { EndpointRecord } from '../../contracts/records.ts'
import { EgressError } from '../../egress/egress-error.ts'
import type { Egress, EgressRequest, EgressStream } from '../../egress/egress.ts'
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
  return async ({ path, body, maxResponseBytes: bytes }, milliseconds) => {
    const request = requestOf(secret, 'application/json', body, { bytes, milliseconds })
    return outcomeOf(async () => ({ response: await egress.fetch(addressOf(endpoint, path), request) }))
  }
}

/** Sends once. An answer of server-sent events is an open stream; any other one is read whole. */
export type OpenStream = (message: EndpointMessage, milliseconds: number) => Promise<Outcome | { readonly stream: EgressStream }>

/** Most bytes of a stream: each token comes with about two hundred others, and with its alternatives. */
const MOST_STREAM_BYTES = 32 * 1024 * 1024

export function createStreamOpener({ endpoint, egress, secret }: OpenerParts): OpenStream {
  return async ({ path, body, maxResponseBytes }, milliseconds) => {
    const request = requestOf(secret, 'text/event-stream', body, { bytes: MOST_STREAM_BYTES, milliseconds })
    return outcomeOf(async () => {
      const stream = await egress.open(addressOf(endpoint, path), request)
      const { status, headers } = stream
      const ok = status >= 200 && status <= 299
      if (ok && headers.get('content-type')?.split(';')[0]!.trim().toLowerCase() === 'text/event-stream') return { stream }
      return { response: { status, headers, bytes: await readWhole(stream, maxResponseBytes, ok) } }
    })
  }
}

export interface OpenerParts extends Omit<SenderParts, 'egress'> {
  readonly egress: Pick<Egress, 'open'>
}

/** @param isRefused - whether a longer body is an error; otherwise its beginning is enough */
async function readWhole(stream: EgressStream, most: number, isRefused: boolean): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let left = most
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    if (piece.length > left) {
      stream.cancel()
      if (isRefused) throw new EgressError({ code: 'too_large', limit: most })
      pieces.push(piece.subarray(0, left))
      break
    }
    left -= piece.length
    pieces.push(piece)
  }
  return joined(pieces)
}

/** The base address keeps its query: some providers have their `api-version` there. */
const addressOf = ({ baseUrl }: SenderParts['endpoint'], path: string) => endpointUrl(baseUrl, path)

const requestOf = (secret: string | undefined, accept: string, body: Uint8Array, limits: EgressRequest['limits']) =>
  ({
    purpose: 'endpoint',
    method: 'POST',
    headers: {
      accept,
      'content-type': 'application/json',
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    },
    body,
    limits,
  }) as const

/** A failure of the connection is an outcome. */
async function outcomeOf<T>(send: () => Promise<T>): Promise<T | { readonly error: EgressError }> {
  try {
    return await send()
  } catch (error) {
    if (error instanceof EgressError) return { error }
    throw error
  }
}
