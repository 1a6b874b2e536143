/**
 * `/v1/chat/completions`: requests and responses.
 * @module
 */
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { chatCompletion, chatCreate } from './schema.ts'

const PICTURE = `img_${'9f86d081884c7d65'.repeat(4)}`

export const EXAMPLE_COMPLETION = {
  id: 'chatcmpl-019aced0b2f07c4e8d1a2b3c4d5e6f70',
  object: 'chat.completion',
  created: 1_795_957_200,
  model: 'assay-lxmert',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'red', refusal: null }, logprobs: null }],
  usage: { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 },
  truncated: false,
  unknown_tokens: 0,
  warnings: [],
  identity: { model_digest: '5d0c…', preprocessing_digest: '77ab…', runtime: 'onnxruntime-web 1.30.0' },
} as const

export const createChatCompletion = operation({
  method: 'post',
  path: '/v1/chat/completions',
  operationId: 'createChatCompletion',
  summary: 'Ask a model',
  description:
    'Asks an edge model one question about a picture, or one statement about one or two; or passes the messages on to a configured endpoint, ' +
    'with every parameter as it is. Ids `img_…` of stored pictures stand for their bytes. Calls of endpoints are counted by key ' +
    '(`GET /v1/keys/{id}/ledger`), within the daily budget of the endpoint. With `stream` the answer is a stream of server-sent events: ' +
    'each chunk of an endpoint is passed on when it comes.',
  tag: 'models',
  access: 'key',
  idempotent: true,
  json: jsonBody(chatCreate, {
    model: 'assay-lxmert',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: PICTURE } },
          { type: 'text', text: 'What colour is the circle?' },
        ],
      },
    ],
  }),
  answers: {
    200: jsonAnswer(chatCompletion, 'The answer.', EXAMPLE_COMPLETION),
  },
  streams: { description: 'With `stream`: chunks as OpenAI has them, ended by `data: [DONE]`.' },
  refuses: [404, 422, 502],
})
