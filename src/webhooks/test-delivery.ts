/**
 * A sample event for one webhook target, sent once while its owner waits.
 * @module
 */
import type { Sealer } from '../contracts/catalogue-ports.ts'
import { unprocessableField } from '../contracts/failure.ts'
import type { Clock } from '../contracts/ports.ts'
import type { WebhookTarget } from '../contracts/records.ts'
import type { Egress } from '../egress/egress.ts'
import { deliver, type DeliveryOutcome } from './deliver.ts'
import { type WebhookEventType, webhookEvent } from './event.ts'
import { secretsOf } from './target-secrets.ts'

/** The run of a sample event: one that never exists. */
const SAMPLE_RUN = `evalrun_${'0'.repeat(32)}`

export interface TestDeliveryParts {
  readonly sealer: Pick<Sealer, 'open'>
  readonly egress: Pick<Egress, 'fetch'>
  readonly clock: Clock
  /** 32 hex digits. */
  newId(): string
  /** Uniform in [0, 1). */
  random(): number
}

export interface TestAnswer {
  /** The status that the receiver answered. */
  readonly status: number
  /** The consequence for a real event; null: it would be delivered. */
  readonly refusal: string | null
}

/**
 * Sends a signed sample event, once. The target keeps its state, whatever it answers.
 * @throws {Fault} `unprocessable` if it did not answer, with the reason
 */
export async function sendTestEvent(
  parts: TestDeliveryParts,
  target: WebhookTarget,
  type: WebhookEventType,
): Promise<TestAnswer> {
  const { sealer, egress, clock, newId, random } = parts
  const now = clock.now()
  const outcome = await deliver({
    target: { url: target.url, secrets: await secretsOf(sealer, target, now) },
    event: webhookEvent({ id: `evt_test_${newId()}`, type, data: { id: SAMPLE_RUN } }, now / 1000),
    chainDepth: 0,
    attempt: 1,
    egress,
    now: clock.now,
    random,
  })
  if (outcome.status !== null) return { status: outcome.status, refusal: refusalOf(outcome) }
  throw unprocessableField('', `the receiver at ${target.url} did not answer: ${'error' in outcome ? outcome.error : ''}`)
}

function refusalOf(outcome: DeliveryOutcome): string | null {
  if (outcome.outcome === 'delivered') return null
  const then = outcome.outcome === 'disable' ? 'switch this webhook endpoint off' : 'be sent again for three days'
  return `${outcome.error}: a real event would ${then}`
}
