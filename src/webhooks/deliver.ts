/**
 * One attempt to deliver an event. The caller updates the outbox.
 * @module
 */
import { EgressError } from '../egress/egress-error.ts'
import type { Egress } from '../egress/egress.ts'
import { retryAfterMilliseconds } from '../egress/retry-after.ts'
import { encodeEvent, type WebhookEvent } from './event.ts'
import { MAX_DELIVERY_ATTEMPTS, nextAttemptDelay } from './retry-schedule.ts'
import { signStandardWebhook } from './standard-webhook.ts'

export interface DeliveryTarget {
  readonly url: string
  /** The current one first, then the former one during a rotation. */
  readonly secrets: readonly string[]
}

export interface Delivery {
  readonly target: DeliveryTarget
  readonly event: WebhookEvent
  /** Number of triggers that led to the run. Limits chains of triggers and webhooks. */
  readonly chainDepth: number
  /** Number of this attempt, from 1. */
  readonly attempt: number
  readonly egress: Pick<Egress, 'fetch'>
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** `status` is null without an answer. */
export type DeliveryOutcome =
  | { readonly outcome: 'delivered'; readonly status: number }
  | { readonly outcome: 'retry'; readonly status: number | null; readonly error: string; readonly retryAfterSeconds: number }
  /** 410: the receiver wants no more events. Its endpoint is then disabled. */
  | { readonly outcome: 'disable'; readonly status: 410; readonly error: string }
  /** No attempts are left, or none can succeed. */
  | { readonly outcome: 'give_up'; readonly status: number | null; readonly error: string }

/** Within the 15 to 30 s that the specification recommends. */
const TIMEOUT_MS = 20_000

/** "Keep the size of payloads small, usually smaller than 20kb." Ours have about 150 bytes. */
const MAX_PAYLOAD_BYTES = 20_000

/** Shortest wait for a receiver under load (429, 502, 504), in seconds. */
const THROTTLE_SECONDS = 60

/** Longest wait that `Retry-After` can ask for, in seconds: the longest pause of the schedule. */
const RETRY_AFTER_CAP_SECONDS = 24 * 60 * 60

/**
 * Signs and sends an event once, and decides the next step by the status handling of Standard Webhooks 1.0.0
 * ("Delivery success and failure").
 *
 * Never rejects because of the receiver. A receiver that answers too late gets the event again, with the same
 * `webhook-id`.
 * @throws {RangeError} for a malformed secret or event id, or an oversized event: programming errors
 */
export async function deliver(delivery: Delivery): Promise<DeliveryOutcome> {
  const { target, event, chainDepth, egress, now } = delivery
  const body = encodeEvent(event)
  if (body.length >= MAX_PAYLOAD_BYTES) throw new RangeError(`an event of ${body.length} bytes is too large`)
  const signature = await signStandardWebhook(target.secrets, event.id, now() / 1000, body)
  try {
    const { status, headers } = await egress.fetch(target.url, {
      purpose: 'webhook',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Assay-Webhooks/1',
        'assay-chain-depth': String(chainDepth),
        ...signature,
      },
      body,
      // The status is the answer. The body is not read, so a long or slow one cannot turn a success into a
      // failure.
      limits: { bytes: 0, milliseconds: TIMEOUT_MS, overflow: 'cut' },
    })
    return judge(status, headers, delivery)
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    if (error.code === 'address_refused') return { outcome: 'give_up', status: null, error: error.message }
    return again(null, error.message, 0, delivery)
  }
}

function judge(status: number, headers: Headers, delivery: Delivery): DeliveryOutcome {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status }
  const error = `the receiver answered ${status}`
  if (status === 410) return { outcome: 'disable', status, error }
  const asked = (retryAfterMilliseconds(headers, delivery.now()) ?? 0) / 1000
  const throttle = status === 429 || status === 502 || status === 504 ? THROTTLE_SECONDS : 0
  return again(status, error, Math.max(throttle, Math.min(asked, RETRY_AFTER_CAP_SECONDS)), delivery)
}

function again(status: number | null, error: string, atLeastSeconds: number, { attempt, random }: Delivery): DeliveryOutcome {
  const delay = nextAttemptDelay(attempt, random)
  if (delay === null) return { outcome: 'give_up', status, error: `${error}, at the last of ${MAX_DELIVERY_ATTEMPTS} attempts` }
  return { outcome: 'retry', status, error, retryAfterSeconds: Math.max(delay, atLeastSeconds) }
}
