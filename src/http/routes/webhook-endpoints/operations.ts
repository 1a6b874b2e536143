/**
 * `/v1/webhook_endpoints`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import {
  webhookEndpointCreate,
  webhookEndpointDeleted,
  webhookEndpointList,
  webhookEndpointObject,
  webhookEndpointQuery,
} from './schema.ts'

const URL = 'https://ci.example.com/assay'
const EXAMPLE = {
  object: 'webhook_endpoint',
  id: 'we_019aced0b2f07c4e8d1a2b3c4d5e6f70',
  url: URL,
  created_at: 1_795_957_200,
  disabled_at: null,
} as const

export const createWebhookEndpoint = operation({
  method: 'post',
  path: '/v1/webhook_endpoints',
  operationId: 'createWebhookEndpoint',
  summary: 'Register a webhook target',
  description: 'Registers an address that is told when a run of this tenant ends. Its signing secret is returned once.',
  tag: 'webhooks',
  access: 'key',
  json: jsonBody(webhookEndpointCreate, { url: URL }),
  answers: {
    201: jsonAnswer(webhookEndpointObject, 'The new target, with its secret.', {
      ...EXAMPLE,
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
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
