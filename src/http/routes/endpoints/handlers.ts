/**
 * `/v1/endpoints`: external models, configured by an administrator.
 * @module
 */
import { redactedAddress } from '../../../contracts/endpoint-address.ts'
import type { EndpointRecord, Principal } from '../../../contracts/records.ts'
import { pageBy } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints } from './operations.ts'
import type { EndpointObject } from './schema.ts'

export const endpointRoutes = [
  route(createEndpoint, async ({ services, principal, readJson, answer }) => {
    const { tenant } = principal
    const body = await readJson()
    services.checkAddress(body.base_url, 'endpoint', '/base_url')
    if (body.secret_name) services.checkSecret(tenant, body.secret_name, '/secret_name')
    const record = await services.catalogue.endpoints.put(tenant, {
      name: body.name,
      baseUrl: body.base_url,
      secretName: body.secret_name ?? null,
      timeoutMs: body.timeout_ms,
      maxAttempts: body.max_attempts,
      concurrency: body.concurrency,
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

  route(deleteEndpoint, async ({ services, principal, params: { name }, answer }) => {
    await services.catalogue.endpoints.delete(principal.tenant, name)
    return answer(200, { object: 'endpoint.deleted', id: name, deleted: true })
  }),
]

/** An address may contain a key in its query, so only administrators see it whole. */
const shapeFor =
  ({ role }: Principal) =>
  ({ name, baseUrl, secretName, timeoutMs, maxAttempts, concurrency, createdAt }: EndpointRecord): EndpointObject => ({
    object: 'endpoint',
    name,
    base_url: role === 'admin' ? baseUrl : redactedAddress(baseUrl),
    secret_name: secretName,
    timeout_ms: timeoutMs,
    max_attempts: maxAttempts,
    concurrency,
    created_at: unixSeconds(createdAt),
  })
