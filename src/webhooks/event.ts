/**
 * Events sent when a run ends, in OpenAI's shape (openai-node `resources/webhooks`), so that its SDK's
 * `webhooks.unwrap` reads them. They carry an id to look up, not a copy of the run.
 * @module
 */

export const WEBHOOK_EVENT_TYPES = ['eval.run.succeeded', 'eval.run.failed', 'eval.run.canceled'] as const
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number]

export interface WebhookEvent {
  /**
   * Also the `webhook-id`. Created once, with the outbox row, so that a receiver can recognise a repetition.
   * No dots.
   */
  readonly id: string
  readonly object: 'event'
  readonly type: WebhookEventType
  /** Unix seconds of the event, not of the delivery. */
  readonly created_at: number
  readonly data: {
    readonly id: string
    /** Verdict of the run's gate; absent for a run without one. */
    readonly gate?: 'passed' | 'failed'
  }
}

export function webhookEvent(event: Pick<WebhookEvent, 'id' | 'type' | 'data'>, createdAtSeconds: number): WebhookEvent {
  return { ...event, object: 'event', created_at: Math.floor(createdAtSeconds) }
}

/** The bytes to sign and send: always the same for one event. */
export function encodeEvent({ id, object, type, created_at, data }: WebhookEvent): Uint8Array {
  const { gate } = data
  const members = { id: data.id, ...(gate !== undefined && { gate }) }
  return new TextEncoder().encode(JSON.stringify({ id, object, type, created_at, data: members }))
}
