/**
 * `POST /hooks/{trigger}`: a signed delivery starts an evaluation; its replay finds the same one.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { Fault } from '../../contracts/failure.ts'
import { runCreate, runObject } from '../../contracts/wire/evals.ts'
import { verifyGithubWebhook } from '../../webhooks/github-webhook.ts'
import { verifyStandardWebhook } from '../../webhooks/standard-webhook.ts'
import type { App } from '../app-context.ts'
import { admitDelivery, admitSigned, findTrigger } from '../authorization.ts'
import { describe } from '../openapi.ts'
import { holdBody } from '../body/hold-body.ts'
import { check } from '../check.ts'
import { runResource } from '../run-resource.ts'
import { startRun } from '../start-run.ts'
import { depthOfDelivery } from '../trigger-chain.ts'

/** GitHub caps its payloads at 25 MB; a delivery that starts a run needs far less. */
const DELIVERY_LIMIT = 1024 * 1024

const pong = z.object({ object: z.literal('pong') })

export function hookRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/hooks/{trigger}',
    operationId: 'deliverWebhook',
    summary: 'Deliver a signed webhook that starts a run',
    tag: 'webhooks',
    refuses: [404, 409, 413, 422],
    response: runObject,
    status: 201,
    also: {
      200: {
        description: 'A repeat, answered with the run that the first delivery started; or the answer to a ping of GitHub',
        schema: z.union([runObject, pong]),
      },
    },
    open: true,
  })
  app.post('/hooks/:trigger', async (context) => {
    const { services } = context.env
    const id = context.req.param('trigger')
    await admitDelivery(context, services, id)
    const trigger = await findTrigger(context, services, id)
    const { headers } = context.req.raw
    const taken = await holdBody(context, { limit: DELIVERY_LIMIT, what: 'delivery' }, async (body) => {
      const secret = await services.sealer.open(trigger.sealedSecret, `trigger:${trigger.id}`)
      const verification =
        trigger.scheme === 'github'
          ? await verifyGithubWebhook([secret], headers, body)
          : await verifyStandardWebhook([secret], headers, body, services.clock.now() / 1000)
      if (!verification.ok) throw new Fault({ kind: 'unauthenticated', detail: verification.detail })
      await admitSigned(services, trigger.id)
      // GitHub asks whether anybody is there before it sends anything that happened.
      if (trigger.scheme === 'github' && headers.get('x-github-event') === 'ping') return context.json({ object: 'pong' })
      const delivery = { triggerId: trigger.id, deliveryKey: verification.replayKey }
      // A repeat finds its run even where another could no longer start: its dataset may be gone.
      const earlier = await services.views.runOfDelivery(trigger.tenant, delivery)
      if (earlier !== null) return context.json(await runResource(services, earlier))
      return { ...delivery, depth: await depthOfDelivery(services, trigger, headers, body) }
    })
    // The body's memory is given back by now: starting a run may need as much.
    if (taken instanceof Response) return taken
    const { run, created } = await startRun(services, trigger.tenant, trigger.evalId, check(runCreate, trigger.run), {
      delivery: taken,
    })
    return context.json(await runResource(services, run), created ? 201 : 200)
  })
}
