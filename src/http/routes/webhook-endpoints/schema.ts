/**
 * Wire shapes of webhook targets.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { displayName } from '../../../contracts/display-name.ts'
import { WEBHOOK_EVENT_TYPES } from '../../../webhooks/event.ts'
import { createdAt, deletedOf, listOf, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'

const url = z.url().max(2048).describe('An https address; events are sent there by POST.')
const name = displayName(128).describe('A name for people to tell endpoints apart.')
const eventTypes = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .min(1)
  .max(WEBHOOK_EVENT_TYPES.length)
  .describe('The events that are sent there. All unless given.')

export const webhookEndpointUpdate = z
  .strictObject({ url: url.optional(), name: name.optional(), event_types: eventTypes.optional() })
  .openapi('WebhookEndpointUpdate')

export const secretRotation = z
  .strictObject({
    keep_old_secret_active_for_24_hours: z
      .boolean()
      .default(false)
      .describe('Sign with both secrets for 24 hours, so that a receiver can change over.'),
  })
  .openapi('SecretRotation')

export const webhookTest = z.strictObject({ event_type: z.enum(WEBHOOK_EVENT_TYPES) }).openapi('WebhookTest')

export const webhookTestResult = z
  .object({
    object: z.literal('webhook_endpoint.test'),
    webhook_endpoint_id: z.string(),
    event_type: z.string(),
    status_code: z.int().describe('The status that the receiver answered.'),
    success: z
      .literal(true)
      .describe('The receiver answered, with whatever status: as OpenAI has it. `delivered` says whether it took the event.'),
    delivered: z.boolean().describe('The status is 2xx. Any other, a redirect too, is a failure.'),
    refusal: z.string().nullable().describe('Why the event was not taken, and what that would mean for a real one.'),
  })
  .openapi('WebhookTestResult')

export const webhookEventTypes = z.object({ object: z.literal('list'), data: z.array(z.string()) }).openapi('WebhookEventTypes')

export const webhookEndpointCreate = z
  .strictObject({
    url,
    name: name.default(''),
    event_types: eventTypes.default([...WEBHOOK_EVENT_TYPES]),
  })
  .openapi('WebhookEndpointCreate')

export const webhookEndpointObject = z
  .object({
    object: z.literal('webhook_endpoint'),
    id: z.string(),
    url: z.string(),
    name: z.string(),
    event_types: z.array(z.string()),
    signing_secret_hint: z.string().nullable().describe('The last characters of the secret.'),
    created_at: createdAt,
    updated_at: z.int().nullable(),
    disabled_at: z
      .int()
      .nullable()
      .describe('When the target answered 410 Gone and was switched off, in Unix seconds; null while it is in use.'),
    signing_secret: z.string().optional().describe('The same as `secret`, under the name that OpenAI’s SDKs read.'),
    secret: z.string().optional().describe('The signing secret (Standard Webhooks). Only when it is made.'),
  })
  .openapi('WebhookEndpoint')

export type WebhookEndpointObject = z.infer<typeof webhookEndpointObject>

export const webhookEndpointList = listOf(webhookEndpointObject)
export const webhookEndpointQuery = pageQueryOf(sortableId('we_'))
export const webhookEndpointDeleted = deletedOf('webhook_endpoint.deleted').openapi('WebhookEndpointDeleted')
