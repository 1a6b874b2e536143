/**
 * `/v1/webhook_endpoints`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import {
  secretRotation,
  webhookEndpointCreate,
  webhookEndpointDeleted,
  webhookEndpointList,
  webhookEndpointObject,
  type WebhookEndpointObject,
  webhookEndpointQuery,
  webhookEndpointUpdate,
  webhookEventTypes,
  webhookTest,
  webhookTestResult,
} from './schema.ts'

const URL = 'https://ci.example.com/assay'
const EXAMPLE = {
  object: 'webhook_endpoint',
  id: 'we_019aced0b2f07c4e8d1a2b3c4d5e6f70',
  url: URL,
  name: 'ci',
  event_types: ['eval.run.succeeded', 'eval.run.failed'],
  signing_secret_hint: 'aLaSw',
  created_at: 1_795_957_200,
  updated_at: null,
  disabled_at: null,
} satisfies WebhookEndpointObject

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const SECRETS = { signing_secret: SECRET, secret: SECRET }
const params = { id: { description: 'Id of the webhook target.', example: EXAMPLE.id } }

export const createWebhookEndpoint = operation({
  method: 'post',
  path: '/v1/webhook_endpoints',
  operationId: 'createWebhookEndpoint',
  summary: 'Register a webhook target',
  description: 'Registers an address that is told when a run of this tenant ends. Its signing secret is returned once.',
  tag: 'webhooks',
  access: 'key',
  json: jsonBody(webhookEndpointCreate, { url: URL, name: EXAMPLE.name, event_types: ['eval.run.succeeded', 'eval.run.failed'] }),
  answers: {
    201: jsonAnswer(webhookEndpointObject, 'The new target, with its secret.', {
      ...EXAMPLE,
      ...SECRETS,
    }),
  },
  refuses: [409],
})

export const listWebhookEndpoints = operation({
  method: 'get',
  path: '/v1/webhook_endpoints',
  operationId: 'listWebhookEndpoints',
  summary: 'List webhook targets',
  description: 'Lists the webhook targets of this tenant, without their secrets.',
  tag: 'webhooks',
  access: 'key',
  query: webhookEndpointQuery,
  answers: {
    200: jsonAnswer(webhookEndpointList, 'A page of webhook targets.', examplePage(EXAMPLE)),
  },
})

export const deleteWebhookEndpoint = operation({
  method: 'delete',
  path: '/v1/webhook_endpoints/{id}',
  params: { id: { description: 'Id of the webhook target.', example: EXAMPLE.id } },
  operationId: 'deleteWebhookEndpoint',
  summary: 'Delete a webhook target',
  description: 'Removes a target. Events that are still unsent are dropped.',
  tag: 'webhooks',
  access: 'key',
  answers: {
    200: jsonAnswer(webhookEndpointDeleted, 'The target is deleted.', {
      object: 'webhook_endpoint.deleted',
      id: EXAMPLE.id,
      deleted: true,
    }),
  },
  refuses: [404],
})

export const getWebhookEndpoint = operation({
  method: 'get',
  path: '/v1/webhook_endpoints/{id}',
  params,
  operationId: 'getWebhookEndpoint',
  summary: 'Get a webhook target',
  description: 'Returns a webhook target, without its secret.',
  tag: 'webhooks',
  access: 'key',
  answers: { 200: jsonAnswer(webhookEndpointObject, 'The target.', EXAMPLE) },
  refuses: [404],
})

export const updateWebhookEndpoint = operation({
  method: 'post',
  path: '/v1/webhook_endpoints/{id}',
  params,
  operationId: 'updateWebhookEndpoint',
  summary: 'Change a webhook target',
  description: 'Changes its name, its address or its events. Events under way go to the new address.',
  tag: 'webhooks',
  access: 'key',
  json: jsonBody(webhookEndpointUpdate, { name: 'nightly' }),
  answers: {
    200: jsonAnswer(webhookEndpointObject, 'The changed target.', { ...EXAMPLE, name: 'nightly', updated_at: 1_795_957_300 }),
  },
  refuses: [404, 409],
})

export const rotateWebhookSecret = operation({
  method: 'post',
  path: '/v1/webhook_endpoints/{id}/rotate_secret',
  params,
  operationId: 'rotateWebhookSecret',
  summary: 'Make a new signing secret',
  description: 'Makes a new secret and returns it once. The former one may stay valid for 24 hours.',
  tag: 'webhooks',
  access: 'key',
  json: jsonBody(secretRotation, { keep_old_secret_active_for_24_hours: true }),
  answers: { 200: jsonAnswer(webhookEndpointObject, 'The target, with its new secret.', { ...EXAMPLE, ...SECRETS }) },
  refuses: [404],
})

export const testWebhookEndpoint = operation({
  method: 'post',
  path: '/v1/webhook_endpoints/{id}/test',
  params,
  operationId: 'testWebhookEndpoint',
  summary: 'Send a sample event',
  description:
    'Sends one signed sample event, whose run does not exist, and returns the status of the answer, and whether it would count as delivered. It is not repeated. Waits up to 20 seconds; 422 without an answer.',
  tag: 'webhooks',
  access: 'key',
  json: jsonBody(webhookTest, { event_type: 'eval.run.succeeded' }),
  answers: {
    200: jsonAnswer(webhookTestResult, 'The receiver answered.', {
      object: 'webhook_endpoint.test',
      webhook_endpoint_id: EXAMPLE.id,
      event_type: 'eval.run.succeeded',
      status_code: 204,
      success: true,
      delivered: true,
      refusal: null,
    }),
  },
  refuses: [404, 422],
})

export const listWebhookEventTypes = operation({
  method: 'get',
  path: '/v1/webhook_event_types',
  operationId: 'listWebhookEventTypes',
  summary: 'List event types',
  description: 'Lists the events that webhook targets can have.',
  tag: 'webhooks',
  access: 'key',
  answers: {
    200: jsonAnswer(webhookEventTypes, 'The event types.', { object: 'list', data: ['eval.run.succeeded', 'eval.run.failed'] }),
  },
})
