/**
 * `/v1/embeddings`: requests and responses.
 * @module
 */
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { embeddingCreate, embeddingList } from './schema.ts'

export const createEmbeddings = operation({
  method: 'post',
  path: '/v1/embeddings',
  operationId: 'createEmbeddings',
  summary: 'Embed texts or pictures',
  description:
    'Embeds texts, or pictures, by an edge model or a model at a configured endpoint. Vectors of one model are comparable. An edge model embeds a text ' +
    'with the prompt prefix of its manifest, as in `POST /v1/score`. Calls of endpoints are counted as those of `POST /v1/chat/completions`.',
  tag: 'models',
  access: 'key',
  idempotent: true,
  json: jsonBody(embeddingCreate, { model: 'assay-clip', input: ['a red circle', 'a dog'], encoding_format: 'float' }),
  answers: {
    200: jsonAnswer(embeddingList, 'One vector per input, in their order.', {
      object: 'list',
      model: 'assay-clip',
      data: [{ object: 'embedding', index: 0, embedding: [0.0271, -0.0412], warnings: [] }],
      usage: { prompt_tokens: 6, total_tokens: 6 },
      identity: { model_digest: '5d0c…', preprocessing_digest: '77ab…', runtime: 'onnxruntime-web 1.30.0' },
    }),
  },
  refuses: [404, 413, 415, 422, 502, 503],
})
