/**
 * Job of a webhook: one delivery to one registered address.
 * @module
 */
import { z } from 'zod'
import { Fault } from '../contracts/failure.ts'
import type { ClaimedJob, JobHandler, JobOutcome } from '../contracts/jobs.ts'
import type { CatalogueStore, Sealer } from '../contracts/catalogue-ports.ts'
import type { Clock, Failpoints } from '../contracts/ports.ts'
import type { Egress } from '../egress/egress.ts'
import { deliver, type DeliveryOutcome } from './deliver.ts'
import { WEBHOOK_EVENT_TYPES, webhookEvent } from './event.ts'
import { secretsOf } from './target-secrets.ts'

export interface WebhookJobDependencies extends Failpoints {
  readonly webhookTargets: Pick<CatalogueStore['webhookTargets'], 'find' | 'disable'>
  readonly sealer: Pick<Sealer, 'open'>
  readonly egress: Pick<Egress, 'fetch'>
  readonly clock: Clock
  /** Uniform in [0, 1). */
  random(): number
}

/** As written by `storage/runs/run-jobs.ts`. */
const webhookJobPayload = z.object({
  endpoint: z.string(),
  event: z.enum(WEBHOOK_EVENT_TYPES),
  /** Unix milliseconds of the event. */
  created_at: z.int(),
  /** Number of triggers that led to the run. Absent from older jobs. */
  depth: z.int().nonnegative().default(0),
  /** Absent from older jobs. */
  gate: z.enum(['passed', 'failed']).nullish(),
})

export function webhookJobHandler(dependencies: WebhookJobDependencies): JobHandler {
  return { mostClaims: 100, perform: (job) => deliverWebhook(dependencies, job) }
}

async function deliverWebhook(dependencies: WebhookJobDependencies, job: ClaimedJob): Promise<JobOutcome> {
  const { webhookTargets, sealer, egress, clock, random, failpoint } = dependencies
  await failpoint('before-webhook')
  const payload = webhookJobPayload.safeParse(job.payload)
  if (!payload.success) return { outcome: 'give_up', error: `the payload is not one of a webhook: ${payload.error.message}` }
  const { endpoint, event: type, created_at: createdAt, depth, gate } = payload.data
  const target = await webhookTargets.find(job.tenant, endpoint).catch(nullIfAbsent)
  if (target === null || target.disabledAt !== null)
    return { outcome: 'give_up', error: 'the webhook endpoint is gone or disabled' }
  if (!target.eventTypes.includes(type)) return { outcome: 'done' }
  const outcome = await deliver({
    target: { url: target.url, secrets: await secretsOf(sealer, target, clock.now()) },
    event: webhookEvent(
      { id: eventId(job.resource.id, endpoint), type, data: { id: job.resource.id, ...(gate && { gate }) } },
      createdAt / 1000,
    ),
    chainDepth: depth,
    attempt: job.attempts + 1,
    egress,
    now: clock.now,
    random,
  })
  if (outcome.outcome === 'disable') await webhookTargets.disable(job.tenant, endpoint)
  return jobOutcome(outcome)
}

/** The same at every attempt of one delivery, so that a receiver can recognise a repetition. No dots. */
function eventId(runId: string, endpointId: string): string {
  return `evt_${runId.replace(/^evalrun_/, '')}_${endpointId.replace(/^we_/, '')}`
}

function jobOutcome(outcome: DeliveryOutcome): JobOutcome {
  switch (outcome.outcome) {
    case 'delivered':
      return { outcome: 'done' }
    case 'retry':
      return { outcome: 'retry', delayMilliseconds: Math.ceil(1000 * outcome.retryAfterSeconds), error: outcome.error }
    case 'disable':
    case 'give_up':
      return { outcome: 'give_up', error: outcome.error }
  }
}

function nullIfAbsent(error: unknown): null {
  if (error instanceof Fault && error.failure.kind === 'not_found') return null
  throw error
}
