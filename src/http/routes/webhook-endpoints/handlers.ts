/**
 * `/v1/webhook_endpoints`: addresses notified when a run ends.
 * @module
 */
import type { WebhookTarget } from '../../../contracts/records.ts'
import { WEBHOOK_EVENT_TYPES } from '../../../webhooks/event.ts'
import { createWebhookSecret } from '../../../webhooks/webhook-secret.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  listWebhookEventTypes,
  rotateWebhookSecret,
  testWebhookEndpoint,
  updateWebhookEndpoint,
} from './operations.ts'

/** Time in which a receiver may change to a new secret. */
const ROTATION_MS = 24 * 60 * 60 * 1000

const hintOf = (secret: string): string => secret.slice(-5)

export const webhookEndpointRoutes = [
  route(createWebhookEndpoint, async ({ services, principal, readJson, answer }) => {
    const { catalogue, sealer, newId, checkAddress } = services
    const body = await readJson()
    checkAddress(body.url, 'webhook', '/url')
    const id = `we_${newId()}`
    const secret = createWebhookSecret()
    const target = await catalogue.webhookTargets.put(principal.tenant, {
      id,
      url: fetchedAddress(body.url),
      sealedSecret: await sealer.seal(secret, `webhook_endpoint:${id}`),
      secretHint: hintOf(secret),
      name: body.name,
      eventTypes: body.event_types,
    })
    return answer(201, { ...webhookEndpointShape(target), signing_secret: secret, secret })
  }),

  route(listWebhookEndpoints, async ({ services, principal, query, answer }) =>
    answer(
      200,
      await listPage(
        query.limit,
        (limit) => services.catalogue.webhookTargets.list(principal.tenant, { ...query, limit }),
        webhookEndpointShape,
      ),
    ),
  ),

  route(getWebhookEndpoint, async ({ services, principal, params: { id }, answer }) =>
    answer(200, webhookEndpointShape(await services.catalogue.webhookTargets.find(principal.tenant, id))),
  ),

  route(updateWebhookEndpoint, async ({ services, principal, params: { id }, readJson, answer }) => {
    const { url, name, event_types: eventTypes } = await readJson()
    if (url !== undefined) services.checkAddress(url, 'webhook', '/url')
    const target = await services.catalogue.webhookTargets.update(principal.tenant, id, {
      ...(url !== undefined && { url: fetchedAddress(url) }),
      ...(name !== undefined && { name }),
      ...(eventTypes !== undefined && { eventTypes }),
    })
    return answer(200, webhookEndpointShape(target))
  }),

  route(rotateWebhookSecret, async ({ services, principal: { tenant }, params: { id }, readJson, answer }) => {
    const { catalogue, sealer, clock } = services
    const { keep_old_secret_active_for_24_hours: keepsOld } = await readJson()
    const { sealedSecret: old } = await catalogue.webhookTargets.find(tenant, id)
    const secret = createWebhookSecret()
    const target = await catalogue.webhookTargets.update(tenant, id, {
      sealedSecret: await sealer.seal(secret, `webhook_endpoint:${id}`),
      secretHint: hintOf(secret),
      former: keepsOld ? { sealedSecret: old, until: clock.now() + ROTATION_MS } : null,
    })
    return answer(200, { ...webhookEndpointShape(target), signing_secret: secret, secret })
  }),

  route(testWebhookEndpoint, async ({ services, principal, params: { id }, readJson, answer }) => {
    const { event_type: type } = await readJson()
    const target = await services.catalogue.webhookTargets.find(principal.tenant, id)
    const { status, refusal } = await services.testWebhook(target, type)
    return answer(200, {
      object: 'webhook_endpoint.test',
      webhook_endpoint_id: id,
      event_type: type,
      status_code: status,
      success: true,
      delivered: refusal === null,
      refusal,
    })
  }),

  route(listWebhookEventTypes, ({ answer }) => answer(200, { object: 'list', data: [...WEBHOOK_EVENT_TYPES] })),

  route(deleteWebhookEndpoint, async ({ services, principal, params: { id }, answer }) => {
    await services.catalogue.webhookTargets.delete(principal.tenant, id)
    return answer(200, { object: 'webhook_endpoint.deleted', id, deleted: true })
  }),
]

/** The normalised address, so that two spellings of it are one target. */
function fetchedAddress(written: string): string {
  const address = new URL(written)
  address.hash = ''
  return address.href
}

function webhookEndpointShape({ id, url, name, eventTypes, secretHint, createdAt, updatedAt, disabledAt }: WebhookTarget) {
  return {
    object: 'webhook_endpoint' as const,
    id,
    url,
    name,
    event_types: [...eventTypes],
    signing_secret_hint: secretHint,
    created_at: unixSeconds(createdAt),
    updated_at: updatedAt === null ? null : unixSeconds(updatedAt),
    disabled_at: disabledAt === null ? null : unixSeconds(disabledAt),
  }
}
