/**
 * `/v1/webhook_endpoints`: who is told when a run ends.
 * @module
 */
import type { WebhookTarget } from '../../contracts/records.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { deleted, webhookEndpointCreate, webhookEndpointObject, webhookEndpointQuery } from '../../contracts/wire/resources.ts'
import { createWebhookSecret } from '../../webhooks/webhook-secret.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { readQuery } from '../check.ts'

export function webhookEndpointRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/webhook_endpoints',
    operationId: 'createWebhookEndpoint',
    summary: 'Register a webhook target; its secret is shown once',
    tag: 'webhooks',
    refuses: [409],
    json: webhookEndpointCreate,
    response: webhookEndpointObject,
    status: 201,
  })
  app.post('/v1/webhook_endpoints', async (context) => {
    const { tenant } = requireKey(context)
    const { catalogue, sealer, newId, checkAddress } = context.env.services
    const body = await readJson(context, webhookEndpointCreate)
    checkAddress(body.url, 'webhook', '/url')
    // As it is fetched, so that two spellings of one address are one.
    const address = new URL(body.url)
    address.hash = ''
    const url = address.href
    const id = `we_${newId()}`
    const secret = createWebhookSecret()
    const target = await catalogue.webhookTargets.put(tenant, {
      id,
      url,
      sealedSecret: await sealer.seal(secret, `webhook_endpoint:${id}`),
    })
    return context.json({ ...shape(target), secret }, 201)
  })

  describe(app, {
    method: 'get',
    path: '/v1/webhook_endpoints',
    operationId: 'listWebhookEndpoints',
    summary: 'List webhook targets',
    tag: 'webhooks',
    query: webhookEndpointQuery,
    response: listOf(webhookEndpointObject),
  })
  app.get('/v1/webhook_endpoints', async (context) => {
    const { tenant } = requireKey(context)
    const query = readQuery(context, webhookEndpointQuery)
    return context.json(
      await listPage(
        query.limit,
        (limit) => context.env.services.catalogue.webhookTargets.list(tenant, { ...query, limit }),
        shape,
      ),
    )
  })

  describe(app, {
    method: 'delete',
    path: '/v1/webhook_endpoints/{id}',
    operationId: 'deleteWebhookEndpoint',
    summary: 'Delete a webhook target',
    tag: 'webhooks',
    refuses: [404],
    response: deleted,
  })
  app.delete('/v1/webhook_endpoints/:id', async (context) => {
    const { tenant } = requireKey(context)
    const id = context.req.param('id')
    await context.env.services.catalogue.webhookTargets.delete(tenant, id)
    return context.json({ object: 'webhook_endpoint.deleted', id, deleted: true })
  })
}

function shape({ id, url, createdAt, disabledAt }: WebhookTarget) {
  return {
    object: 'webhook_endpoint' as const,
    id,
    url,
    created_at: Math.floor(createdAt / 1000),
    disabled_at: disabledAt === null ? null : Math.floor(disabledAt / 1000),
  }
}
