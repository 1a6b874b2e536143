/**
 * `/v1/triggers`: which signed deliveries start which runs.
 * @module
 */
import { at } from '../../contracts/failure-pointer.ts'
import { invalidField } from '../../contracts/failure.ts'
import type { TriggerRecord } from '../../contracts/records.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { runCreate } from '../../contracts/wire/evals.ts'
import { deleted, triggerCreate, triggerObject, triggerQuery } from '../../contracts/wire/resources.ts'
import { createWebhookSecret, parseWebhookSecret } from '../../webhooks/webhook-secret.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { check, readQuery } from '../check.ts'
import { resolveRun } from '../start-run.ts'

export function triggerRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/triggers',
    operationId: 'createTrigger',
    summary: 'Make a trigger',
    tag: 'webhooks',
    refuses: [404, 409, 422],
    json: triggerCreate,
    response: triggerObject,
    status: 201,
  })
  app.post('/v1/triggers', async (context) => {
    const { tenant } = requireKey(context)
    const { catalogue, sealer, newId } = context.env.services
    const body = await readJson(context, triggerCreate)
    // A trigger that could never start its run is refused now, not at three in the morning.
    await at('/eval_id', () => catalogue.evals.find(tenant, body.eval_id))
    await at('/run', () => resolveRun(context.env.services, tenant, body.eval_id, check(runCreate, body.run)))
    if (body.secret !== undefined && body.scheme === 'standard_webhooks' && parseWebhookSecret(body.secret) === undefined)
      throw invalidField(
        '/secret',
        'must be the base64 of 24 to 64 bytes, with or without "whsec_" before it; leave it out to have one made',
      )
    const id = `trig_${newId()}`
    const secret = body.secret ?? createWebhookSecret()
    const trigger = await catalogue.triggers.put({
      tenant,
      id,
      name: body.name,
      evalId: body.eval_id,
      scheme: body.scheme,
      sealedSecret: await sealer.seal(secret, `trigger:${id}`),
      run: body.run,
    })
    return context.json({ ...shape(trigger), ...(body.secret === undefined ? { secret } : {}) }, 201)
  })

  describe(app, {
    method: 'get',
    path: '/v1/triggers',
    operationId: 'listTriggers',
    summary: 'List triggers',
    tag: 'webhooks',
    query: triggerQuery,
    response: listOf(triggerObject),
  })
  app.get('/v1/triggers', async (context) => {
    const { tenant } = requireKey(context)
    const query = readQuery(context, triggerQuery)
    return context.json(
      await listPage(query.limit, (limit) => context.env.services.catalogue.triggers.list(tenant, { ...query, limit }), shape),
    )
  })

  describe(app, {
    method: 'delete',
    path: '/v1/triggers/{id}',
    operationId: 'deleteTrigger',
    summary: 'Delete a trigger',
    tag: 'webhooks',
    refuses: [404],
    response: deleted,
  })
  app.delete('/v1/triggers/:id', async (context) => {
    const { tenant } = requireKey(context)
    const id = context.req.param('id')
    await context.env.services.catalogue.triggers.delete(tenant, id)
    return context.json({ object: 'trigger.deleted', id, deleted: true })
  })
}

function shape({ id, name, evalId, scheme, run, createdAt }: TriggerRecord) {
  return {
    object: 'trigger' as const,
    id,
    name,
    eval_id: evalId,
    scheme,
    url: `/hooks/${id}`,
    run,
    created_at: Math.floor(createdAt / 1000),
  }
}
