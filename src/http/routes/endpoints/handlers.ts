/**
 * `/v1/endpoints`: external models, configured by an administrator.
 * @module
 */
import type { z } from 'zod'
import { redactedAddress } from '../../../contracts/endpoint-address.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import type { EndpointChange, EndpointRecord, Principal } from '../../../contracts/records.ts'
import { pageBy } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, probeEndpoint, updateEndpoint } from './operations.ts'
import type { EndpointObject, endpointUpdate } from './schema.ts'

export const endpointRoutes = [
  route(createEndpoint, async ({ services, principal, readJson, answer }) => {
    const { tenant } = principal
    const body = await readJson()
    services.checkAddress(body.base_url, 'endpoint', '/base_url')
    if (body.secret_name) services.checkSecret(tenant, body.secret_name, '/secret_name')
    const { price = null, limits, capabilities, embeddings } = body
    const record = await services.catalogue.endpoints.put(tenant, {
      name: body.name,
      baseUrl: body.base_url,
      kind: body.kind,
      model: body.model ?? null,
      secretName: body.secret_name ?? null,
      timeoutMs: body.timeout_ms,
      maxAttempts: body.max_attempts,
      concurrency: body.concurrency,
      settings: { price, limits, capabilities, embeddings },
    })
    return answer(201, shapeFor(principal)(record))
  }),

  route(listEndpoints, async ({ services, principal, query, answer }) =>
    answer(
      200,
      await pageBy(
        ({ name }) => name,
        query.limit,
        (limit) => services.catalogue.endpoints.list(principal.tenant, { ...query, limit }),
        shapeFor(principal),
      ),
    ),
  ),

  route(getEndpoint, async ({ services, principal, params: { name }, answer }) =>
    answer(200, shapeFor(principal)(await services.catalogue.endpoints.find(principal.tenant, name))),
  ),

  route(updateEndpoint, async ({ services, principal, params: { name }, readJson, answer }) => {
    const body = await readJson()
    const { endpoints } = services.catalogue
    const current = await endpoints.find(principal.tenant, name)
    if (body.secret_name) services.checkSecret(principal.tenant, body.secret_name, '/secret_name')
    return answer(200, shapeFor(principal)(await endpoints.update(principal.tenant, name, changeOf(body, current))))
  }),

  route(probeEndpoint, async ({ services, principal: { tenant }, params: { name }, readJson, answer }) => {
    const { model: given } = await readJson()
    const endpoint = await services.catalogue.endpoints.find(tenant, name)
    const model = given ?? endpoint.model
    if (model === null) throw unprocessableField('/model', `is needed: the endpoint ${name} has no model of its own`)
    // A run would wait for the secret; a probe says that it is missing.
    if (endpoint.secretName !== null) services.checkSecret(tenant, endpoint.secretName, '')
    return answer(200, {
      object: 'endpoint.probe',
      endpoint: name,
      model,
      results: await services.probeEndpoint(tenant, endpoint, model),
    })
  }),

  route(deleteEndpoint, async ({ services, principal, params: { name }, answer }) => {
    await services.catalogue.endpoints.delete(principal.tenant, name)
    return answer(200, { object: 'endpoint.deleted', id: name, deleted: true })
  }),
]

function changeOf(body: z.output<typeof endpointUpdate>, { settings }: EndpointRecord): EndpointChange {
  const { price, limits, capabilities, embeddings } = body
  return {
    ...(body.model !== undefined && { model: body.model }),
    ...(body.secret_name !== undefined && { secretName: body.secret_name }),
    ...(body.timeout_ms !== undefined && { timeoutMs: body.timeout_ms }),
    ...(body.max_attempts !== undefined && { maxAttempts: body.max_attempts }),
    ...(body.concurrency !== undefined && { concurrency: body.concurrency }),
    settings: {
      price: price === undefined ? settings.price : price,
      limits: limits ?? settings.limits,
      capabilities: capabilities ?? settings.capabilities,
      embeddings: embeddings ?? settings.embeddings,
    },
  }
}

/** An address may contain a key in its query, so only administrators see it whole. */
const shapeFor =
  ({ role }: Principal) =>
  (record: EndpointRecord): EndpointObject => ({
    object: 'endpoint',
    name: record.name,
    base_url: role === 'admin' ? record.baseUrl : redactedAddress(record.baseUrl),
    kind: record.kind,
    model: record.model,
    secret_name: record.secretName,
    timeout_ms: record.timeoutMs,
    max_attempts: record.maxAttempts,
    concurrency: record.concurrency,
    ...record.settings,
    created_at: unixSeconds(record.createdAt),
  })
