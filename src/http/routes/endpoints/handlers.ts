/**
 * `/v1/endpoints`: external models, configured by an administrator.
 * @module
 */
import type { z } from 'zod'
import { redactedAddress } from '../../../contracts/endpoint-address.ts'
import { answersLater, requestsOf } from '../../../contracts/endpoint.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import type { EndpointChange, EndpointRecord, Principal } from '../../../contracts/records.ts'
import { parseWebhookSecret } from '../../../webhooks/webhook-secret.ts'
import type { Services } from '../../app-context.ts'
import { pageBy } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, probeEndpoint, updateEndpoint } from './operations.ts'
import type { endpointCreate, EndpointObject, endpointUpdate } from './schema.ts'

export const endpointRoutes = [
  route(createEndpoint, async ({ services, principal, readJson, answer }) => {
    const { tenant } = principal
    const body = await readJson()
    services.checkAddress(body.base_url, 'endpoint', '/base_url')
    if (body.secret_name) services.checkSecret(tenant, body.secret_name, '/secret_name')
    if (body.kind === 'job') checkJob(services, tenant, body)
    const { kind, requests, price = null, limits, capabilities, embeddings, pictures, daily_budget } = body
    if (pictures.send === 'signed_url') services.signedLinks.check()
    if (requests !== undefined && !answersLater({ kind }) && requests !== kind)
      throw unprocessableField('/requests', `an endpoint of the kind ${kind} is asked ${kind}; leave it out`)
    const record = await services.catalogue.endpoints.put(tenant, {
      name: body.name,
      baseUrl: body.base_url,
      kind: body.kind,
      model: body.model ?? null,
      secretName: body.secret_name ?? null,
      timeoutMs: body.timeout_ms,
      maxAttempts: body.max_attempts,
      concurrency: body.concurrency,
      settings: { requests: requests ?? 'chat', price, limits, capabilities, embeddings, pictures, daily_budget },
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
    if (current.kind === 'job' && body.secret_name !== undefined) checkJob(services, principal.tenant, { ...body, name })
    if (body.pictures?.send === 'signed_url') services.signedLinks.check()
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

type SecretOfJob = Pick<z.output<typeof endpointCreate>, 'name' | 'secret_name'>

/** A worker verifies the manifest, and its results are verified: both by the secret. */
function checkJob(services: Services, tenant: string, { name, secret_name }: SecretOfJob): void {
  services.signedLinks.check()
  const secret = services.endpointSecret(tenant, { name, secretName: secret_name ?? null })
  if (secret === undefined || parseWebhookSecret(secret) === undefined)
    throw unprocessableField(
      '/secret_name',
      'a job is signed: name a secret that is whsec_ and the base64 of 24 to 64 bytes, as in Standard Webhooks',
    )
}

function changeOf(body: z.output<typeof endpointUpdate>, { settings }: EndpointRecord): EndpointChange {
  const { price, limits, capabilities, embeddings, pictures, daily_budget } = body
  return {
    ...(body.model !== undefined && { model: body.model }),
    ...(body.secret_name !== undefined && { secretName: body.secret_name }),
    ...(body.timeout_ms !== undefined && { timeoutMs: body.timeout_ms }),
    ...(body.max_attempts !== undefined && { maxAttempts: body.max_attempts }),
    ...(body.concurrency !== undefined && { concurrency: body.concurrency }),
    settings: {
      ...settings,
      price: price === undefined ? settings.price : price,
      limits: limits ?? settings.limits,
      capabilities: capabilities ?? settings.capabilities,
      embeddings: embeddings ?? settings.embeddings,
      pictures: pictures ?? settings.pictures,
      daily_budget: daily_budget ?? settings.daily_budget,
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
    requests: requestsOf(record),
    created_at: unixSeconds(record.createdAt),
  })
