/**
 * `/v1/endpoints`: external models, configured by an administrator. A run names one; it can change neither address nor secret.
 * @module
 */
import { redactedAddress } from '../../contracts/endpoint-address.ts'
import type { EndpointRecord, Principal } from '../../contracts/records.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { deleted, endpointCreate, endpointObject, endpointQuery } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { requireAdmin, requireKey } from '../authorization.ts'
import { pageBy } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { readQuery } from '../check.ts'

export function endpointRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/endpoints',
    operationId: 'createEndpoint',
    summary: 'Configure an endpoint',
    tag: 'endpoints',
    refuses: [409, 422],
    admin: true,
    json: endpointCreate,
    response: endpointObject,
    status: 201,
  })
  app.post('/v1/endpoints', async (context) => {
    const principal = requireAdmin(context)
    const { tenant } = principal
    const body = await readJson(context, endpointCreate)
    context.env.services.checkAddress(body.base_url, 'endpoint', '/base_url')
    if (body.secret_name) context.env.services.checkSecret(tenant, body.secret_name, '/secret_name')
    const record = await context.env.services.catalogue.endpoints.put(tenant, {
      name: body.name,
      baseUrl: body.base_url,
      secretName: body.secret_name ?? null,
      timeoutMs: body.timeout_ms,
      maxAttempts: body.max_attempts,
      concurrency: body.concurrency,
    })
    return context.json(shapeFor(principal)(record), 201)
  })

  describe(app, {
    method: 'get',
    path: '/v1/endpoints',
    operationId: 'listEndpoints',
    summary: 'List endpoints',
    tag: 'endpoints',
    query: endpointQuery,
    response: listOf(endpointObject),
  })
  app.get('/v1/endpoints', async (context) => {
    const principal = requireKey(context)
    const { tenant } = principal
    const query = readQuery(context, endpointQuery)
    const { endpoints } = context.env.services.catalogue
    return context.json(
      await pageBy(
        ({ name }) => name,
        query.limit,
        (limit) => endpoints.list(tenant, { ...query, limit }),
        shapeFor(principal),
      ),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/endpoints/{name}',
    operationId: 'getEndpoint',
    summary: 'Get an endpoint',
    tag: 'endpoints',
    refuses: [404],
    response: endpointObject,
  })
  app.get('/v1/endpoints/:name', async (context) => {
    const principal = requireKey(context)
    const found = await context.env.services.catalogue.endpoints.find(principal.tenant, context.req.param('name'))
    return context.json(shapeFor(principal)(found))
  })

  describe(app, {
    method: 'delete',
    path: '/v1/endpoints/{name}',
    operationId: 'deleteEndpoint',
    summary: 'Delete an endpoint',
    tag: 'endpoints',
    refuses: [404, 409],
    admin: true,
    response: deleted,
  })
  app.delete('/v1/endpoints/:name', async (context) => {
    const { tenant } = requireAdmin(context)
    const name = context.req.param('name')
    await context.env.services.catalogue.endpoints.delete(tenant, name)
    return context.json({ object: 'endpoint.deleted', id: name, deleted: true })
  })
}

/** An address may hold a key in its query, which is the administrators'. */
const shapeFor =
  ({ role }: Principal) =>
  ({ name, baseUrl, secretName, timeoutMs, maxAttempts, concurrency, createdAt }: EndpointRecord) => ({
    object: 'endpoint' as const,
    name,
    base_url: role === 'admin' ? baseUrl : redactedAddress(baseUrl),
    secret_name: secretName,
    timeout_ms: timeoutMs,
    max_attempts: maxAttempts,
    concurrency,
    created_at: Math.floor(createdAt / 1000),
  })
