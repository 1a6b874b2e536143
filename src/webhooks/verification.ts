/**
 * Result of verifying an incoming webhook.
 * @module
 */

export type Refusal = 'missing_header' | 'malformed_header' | 'timestamp_too_old' | 'timestamp_too_new' | 'signature_mismatch'

export type Verification =
  | {
      readonly ok: true
      /**
       * The sender's name for the delivery, for people and logs; null without one. Not necessarily signed.
       */
      readonly deliveryId: string | null
      /**
       * Equal for a delivery and its replays, and made of **signed** content only. Stored under a unique key
       * (trigger, replay key) in the batch that creates the run.
       */
      readonly replayKey: string
    }
  /** `detail` is for the response. It names the header, never the expected value. */
  | { readonly ok: false; readonly reason: Refusal; readonly detail: string }

export function refused(reason: Refusal, detail: string): Verification {
  return { ok: false, reason, detail }
}
