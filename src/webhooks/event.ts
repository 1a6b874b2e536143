/**
 * The events that leave when a run ends, in OpenAI's shape (openai-node `resources/webhooks`), so that its SDK's
 * `webhooks.unwrap` reads them. They are thin: an id to look up, not a copy of the run.
 * @module
 */

export const RUN_EVENT_TYPES = ['eval.run.succeeded', 'eval.run.failed', 'eval.run.canceled'] as const
export type RunEventType = (typeof RUN_EVENT_TYPES)[number]

export interface RunEvent {
  /** Also the `webhook-id`: made once, with the outbox row, so that a receiver can tell a repeat. No dots. */
  readonly id: string
  readonly object: 'event'
  readonly type: RunEventType
  /** Unix seconds of what happened, not of the attempt to tell. */
  readonly created_at: number
  readonly data: { readonly id: string }
}

export function runEvent(id: string, type: RunEventType, runId: string, createdAtSeconds: number): RunEvent {
  return { id, object: 'event', type, created_at: Math.floor(createdAtSeconds), data: { id: runId } }
}

/** What is signed and sent: the same bytes for the same event, always. */
export function encodeEvent({ id, object, type, created_at, data }: RunEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ id, object, type, created_at, data: { id: data.id } }))
}
