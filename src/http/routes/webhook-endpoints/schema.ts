/**
 * Wire shapes of webhook targets.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { createdAt, deletedOf, listOf, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'

export const webhookEndpointCreate = z
  .strictObject({ url: z.url().max(2048).describe('An https address; events are sent there by POST.') })
  .openapi('WebhookEndpointCreate')

export const webhookEndpointObject = z
  .object({
    object: z.literal('webhook_endpoint'),
    id: z.string(),
    url: z.string(),
    created_at: createdAt,
    disabled_at: z
      .int()
      .nullable()
      .describe('When the target answered 410 Gone and was switched off, in Unix seconds; null while it is in use.'),
    secret: z.string().optional().describe('The signing secret (Standard Webhooks). Only in the answer to its creation.'),
  })
  .openapi('WebhookEndpoint')

export const webhookEndpointList = listOf(webhookEndpointObject)
export const webhookEndpointQuery = pageQueryOf(sortableId('we_'))
export const webhookEndpointDeleted = deletedOf('webhook_endpoint.deleted').openapi('WebhookEndpointDeleted')
