/**
 * `/v1/webhook_endpoints`: addresses notified when a run ends.
 * @module
 */
import type { WebhookTarget } from '../../../contracts/records.ts'
import { createWebhookSecret } from '../../../webhooks/webhook-secret.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createWebhookEndpoint, deleteWebhookEndpoint, listWebhookEndpoints } from './operations.ts'

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
    })
    return answer(201, { ...webhookEndpointShape(target), secret })
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

function webhookEndpointShape({ id, url, createdAt, disabledAt }: WebhookTarget) {
  return {
    object: 'webhook_endpoint' as const,
    id,
    url,
    created_at: unixSeconds(createdAt),
    disabled_at: disabledAt === null ? null : unixSeconds(disabledAt),
  }
}
