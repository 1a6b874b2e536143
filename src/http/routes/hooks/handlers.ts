/**
 * `POST /hooks/{trigger}`: a signed delivery starts a run; its repeat finds the same run.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { Fault, invalidField } from '../../../contracts/failure.ts'
import type { TriggerRecord } from '../../../contracts/records.ts'
import type { CommitStatus } from '../../../contracts/trigger.ts'
import { factsOf, reasonToIgnore } from '../../../webhooks/trigger-filter.ts'
import { verifyGithubWebhook } from '../../../webhooks/github-webhook.ts'
import { verifyStandardWebhook } from '../../../webhooks/standard-webhook.ts'
import type { Services } from '../../app-context.ts'
import { admitDelivery, admitSigned, findTrigger } from '../../authorization.ts'
import { holdBody } from '../../body/hold-body.ts'
import { check } from '../../check.ts'
import { route } from '../../route.ts'
import { startRun } from '../runs/start-run.ts'
import { fillCommitStatus } from './commit-status.ts'
import { fillRun, namesPayload } from './fill-run.ts'
import { depthOfDelivery } from './trigger-chain.ts'
import { runShape } from '../runs/run-shape.ts'
import { runCreate } from '../runs/run-create.ts'
import { deliverWebhook } from './operations.ts'

/** GitHub caps its payloads at 25 MB; a delivery that starts a run needs far less. */
const DELIVERY_LIMIT = 1024 * 1024

export const hookRoutes = [
  route(deliverWebhook, async ({ context, services, params, answer }) => {
    await admitDelivery(context, services, params.trigger)
    const trigger = await findTrigger(context, services, params.trigger)
    const { headers } = context.req.raw
    // The body's memory is released before the run is started, which may need as much.
    const delivery = await holdBody(context, { limit: DELIVERY_LIMIT, what: 'delivery' }, async (body) => {
      const deliveryKey = await verify(services, trigger, headers, body)
      await admitSigned(services, trigger.id)
      // GitHub pings a new address before it sends events.
      if (trigger.scheme === 'github' && headers.get('x-github-event') === 'ping') return 'ping'
      const seen = { triggerId: trigger.id, deliveryKey }
      // A repeat finds its run even if a new one could not start, for example after the dataset was deleted.
      const earlier = await services.views.runOfDelivery(trigger.tenant, seen)
      if (earlier !== null) return { earlier }
      const { run, commitStatus, ignored } = startedBy(trigger, headers, body)
      if (ignored !== null) return { ignored }
      return { run, delivery: { ...seen, commitStatus, depth: await depthOfDelivery(services, trigger, headers, body) } }
    })
    if (delivery === 'ping') return answer(200, { object: 'pong' })
    if ('earlier' in delivery) return answer(200, await runShape(services, delivery.earlier))
    if ('ignored' in delivery) return answer(200, { object: 'delivery.ignored', reason: delivery.ignored })
    const request = check(runCreate, delivery.run)
    const once = { delivery: delivery.delivery }
    const { run, created } = await startRun(services, trigger.tenant, trigger.evalId, request, once)
    return answer(created ? 201 : 200, await runShape(services, run))
  }),
]

interface Started {
  readonly run: Readonly<Record<string, unknown>>
  readonly commitStatus: CommitStatus | null
  /** Why the delivery starts nothing; null if it does. */
  readonly ignored: string | null
}

/**
 * The run that a delivery asks for. The payload is read only where the trigger depends on it.
 * @throws {Fault} `invalid` if it is needed and not JSON, or lacks a member that the trigger names
 */
function startedBy(trigger: TriggerRecord, headers: Headers, body: Uint8Array): Started {
  const { scheme, run, filter, commitStatus } = trigger
  if (filter === null && commitStatus === null && !namesPayload(run)) return { run, commitStatus: null, ignored: null }
  const payload = parseDelivery(body)
  const ignored = reasonToIgnore(filter, factsOf(headers, scheme, payload))
  if (ignored !== null) return { run, commitStatus: null, ignored }
  return {
    run: at('/run', () => fillRun(run, payload)),
    commitStatus: commitStatus && fillCommitStatus(commitStatus, payload),
    ignored: null,
  }
}

function parseDelivery(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw invalidField('', 'is not JSON, and this trigger reads it: choose the content type application/json at the sender')
  }
}

/**
 * Returns the key for finding repeats of a delivery. @throws {Fault} `unauthenticated` for a wrong signature
 */
async function verify(
  { sealer, clock }: Services,
  { id, scheme, sealedSecret }: TriggerRecord,
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const secret = await sealer.open(sealedSecret, `trigger:${id}`)
  const verification =
    scheme === 'github'
      ? await verifyGithubWebhook([secret], headers, body)
      : await verifyStandardWebhook([secret], headers, body, clock.now() / 1000)
  if (!verification.ok) throw new Fault({ kind: 'unauthenticated', detail: verification.detail })
  return verification.replayKey
}
