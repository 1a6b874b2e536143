/**
 * `/v1/endpoints`: requests and responses.
 * @module
 */
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import {
  endpointCreate,
  endpointDeleted,
  endpointList,
  type EndpointObject,
  endpointObject,
  endpointProbe,
  endpointProbeObject,
  endpointQuery,
  endpointUpdate,
} from './schema.ts'

const EXAMPLE = {
  object: 'endpoint',
  name: 'gpu',
  base_url: 'https://gpu.example.com/v1',
  kind: 'chat',
  requests: 'chat',
  model: 'Qwen/Qwen2.5-VL-7B-Instruct',
  secret_name: 'ENDPOINT_SECRET_GPU',
  timeout_ms: 60_000,
  max_attempts: 5,
  concurrency: 4,
  price: { input_per_million: 0.2, output_per_million: 0.6, per_image: 0 },
  limits: { requests_per_minute: 500, tokens_per_minute: null },
  capabilities: { images: 64, logprobs: true },
  embeddings: { images: 'modality', encoding: 'base64' },
  pictures: { send: 'data_uri', max_pixels: null },
  daily_budget: { max_requests: null, max_cost_usd: null },
  created_at: 1_795_957_200,
} as const satisfies EndpointObject

const params = { name: { description: 'Name of the endpoint.', example: EXAMPLE.name } }

export const createEndpoint = operation({
  method: 'post',
  path: '/v1/endpoints',
  operationId: 'createEndpoint',
  summary: 'Configure an endpoint',
  description: 'Configures an external model server that runs may name. A run can change neither its address nor its secret.',
  tag: 'endpoints',
  access: 'admin',
  json: jsonBody(endpointCreate, {
    name: EXAMPLE.name,
    base_url: EXAMPLE.base_url,
    model: EXAMPLE.model,
    secret_name: EXAMPLE.secret_name,
    price: EXAMPLE.price,
    limits: { requests_per_minute: 500 },
    capabilities: { logprobs: true },
  }),
  answers: { 201: jsonAnswer(endpointObject, 'The endpoint.', EXAMPLE) },
  refuses: [409, 422],
})

export const listEndpoints = operation({
  method: 'get',
  path: '/v1/endpoints',
  operationId: 'listEndpoints',
  summary: 'List endpoints',
  description: 'Lists the endpoints of this tenant. The cursor is an endpoint’s name.',
  tag: 'endpoints',
  access: 'key',
  query: endpointQuery,
  answers: {
    200: jsonAnswer(endpointList, 'A page of endpoints.', {
      object: 'list',
      data: [EXAMPLE],
      first_id: EXAMPLE.name,
      last_id: EXAMPLE.name,
      has_more: false,
    }),
  },
})

export const getEndpoint = operation({
  method: 'get',
  path: '/v1/endpoints/{name}',
  params,
  operationId: 'getEndpoint',
  summary: 'Get an endpoint',
  description: 'Returns the configuration of an endpoint, without its secret.',
  tag: 'endpoints',
  access: 'key',
  answers: { 200: jsonAnswer(endpointObject, 'The endpoint.', EXAMPLE) },
  refuses: [404],
})

export const updateEndpoint = operation({
  method: 'post',
  path: '/v1/endpoints/{name}',
  params,
  operationId: 'updateEndpoint',
  summary: 'Change an endpoint',
  description:
    'Changes the members that are given; `limits`, `capabilities`, `embeddings`, `pictures` and `daily_budget` are replaced whole. The address and the ' +
    'kind never change: delete the endpoint and configure another.',
  tag: 'endpoints',
  access: 'admin',
  json: jsonBody(endpointUpdate, { concurrency: 6 }),
  answers: { 200: jsonAnswer(endpointObject, 'The changed endpoint.', { ...EXAMPLE, concurrency: 6 }) },
  refuses: [404, 422],
})

export const probeEndpoint = operation({
  method: 'post',
  path: '/v1/endpoints/{name}/probe',
  params,
  operationId: 'probeEndpoint',
  summary: 'Probe an endpoint',
  description:
    'Sends six small requests, once each, and says what works: a chat, a picture, two pictures, log-probabilities, and ' +
    'embeddings of a text and of a picture. An endpoint of the kind `batch` is also sent a batch of one request, which is ' +
    'cancelled if it is not answered within some seconds. One of the kind `job` is only asked for a job that it does not ' +
    'have, with our signature. The provider may bill the requests.',
  tag: 'endpoints',
  access: 'admin',
  json: jsonBody(endpointProbe, { model: EXAMPLE.model }),
  answers: {
    200: jsonAnswer(endpointProbeObject, 'The results.', {
      object: 'endpoint.probe',
      endpoint: EXAMPLE.name,
      model: EXAMPLE.model,
      results: [
        { capability: 'image', works: true, reason: 'it answered "Red"', code: null },
        {
          capability: 'text_embeddings',
          works: false,
          reason: 'endpoint gpu answered 404: Not Found',
          code: 'endpoint_status_404',
        },
      ],
    }),
  },
  refuses: [404, 422],
})

export const deleteEndpoint = operation({
  method: 'delete',
  path: '/v1/endpoints/{name}',
  params,
  operationId: 'deleteEndpoint',
  summary: 'Delete an endpoint',
  description: 'Deletes an endpoint. Refused with 409 while a run in progress calls it.',
  tag: 'endpoints',
  access: 'admin',
  answers: {
    200: jsonAnswer(endpointDeleted, 'The endpoint is deleted.', {
      object: 'endpoint.deleted',
      id: EXAMPLE.name,
      deleted: true,
    }),
  },
  refuses: [404, 409],
})
