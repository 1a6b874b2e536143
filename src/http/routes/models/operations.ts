/**
 * `/v1/models`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { addedModelObject, modelCreate, modelDeleted, modelList, modelObject, modelQuery } from './schema.ts'

const VISION = 'c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51a'

const EXAMPLE_MANIFEST = {
  schema: 'assay.model/1',
  id: 'my-clip',
  version: '1.0.0',
  task: 'image_text_embedding',
  embedding: { dimensions: 512, normalized: false, logit_scale: 100 },
  scoring: { kind: 'softmax' },
  vision: {
    file: 'vision_model_quantized.onnx',
    sha256: VISION,
    bytes: 89_100_000,
    input: 'pixel_values',
    output: 'image_embeds',
    quantization: 'int8-dynamic',
    prepack: false,
  },
  text: {
    file: 'text_model_quantized.onnx',
    sha256: '6b23c0d5f35d1b11f9b683f0b0a617355deb11277d91ae091d399c655b87940d',
    bytes: 64_100_000,
    input: 'input_ids',
    output: 'text_embeds',
    quantization: 'int8-dynamic',
    prepack: false,
  },
  image: {
    size: 224,
    fit: 'cover',
    pad_color: [0, 0, 0],
    filter: 'bicubic',
    mean: [0.481, 0.458, 0.408],
    std: [0.269, 0.261, 0.276],
    alpha: 'drop',
    exif_orientation: true,
  },
  tokenizer: {
    file: 'tokenizer.json',
    sha256: '4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',
    max_length: 77,
  },
  prompt_prefix: '',
  languages: ['en'],
  licence: 'MIT',
  training_data: [],
  quality: [],
} as const

const EXAMPLE = {
  object: 'model',
  id: EXAMPLE_MANIFEST.id,
  created: 1_795_957_200,
  owned_by: 'assay',
  task: EXAMPLE_MANIFEST.task,
  model_digest: '4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a',
  preprocessing_digest: 'ef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d',
  runtime: 'onnxruntime-web 1.30.0',
  manifest: EXAMPLE_MANIFEST,
} as const

const params = { id: { description: 'Id of the model.', example: EXAMPLE.id } }

export const listModels = operation({
  method: 'get',
  path: '/v1/models',
  operationId: 'listModels',
  summary: 'List models',
  description: 'Lists all models that run in the Worker, on one page; with a key, also those that its tenant added.',
  tag: 'models',
  access: 'reader',
  anyOrigin: true,
  query: modelQuery,
  answers: { 200: jsonAnswer(modelList, 'All models.', examplePage(EXAMPLE)) },
})

export const getModel = operation({
  method: 'get',
  path: '/v1/models/{id}',
  params,
  operationId: 'getModel',
  summary: 'Get a model',
  description: 'Returns a model with its digests and its manifest.',
  tag: 'models',
  access: 'reader',
  anyOrigin: true,
  answers: { 200: jsonAnswer(modelObject, 'The model.', EXAMPLE) },
  refuses: [404],
})

export const createModel = operation({
  method: 'post',
  path: '/v1/models',
  operationId: 'createModel',
  summary: 'Register a model',
  description:
    'Registers the manifest of a model; the files that it names are uploaded next. Repeating an identical manifest is fine.',
  tag: 'models',
  access: 'admin',
  json: jsonBody(modelCreate, { manifest: EXAMPLE_MANIFEST }),
  answers: {
    201: jsonAnswer(addedModelObject, 'The registered model.', { object: 'added_model', id: EXAMPLE.id, ready: false }),
  },
  refuses: [409, 422],
})

export const uploadModelFile = operation({
  method: 'put',
  path: '/v1/models/{id}/files/{sha256}',
  params: { ...params, sha256: { description: 'SHA-256 of the file, as the manifest states it.', example: VISION } },
  operationId: 'uploadModelFile',
  summary: 'Upload a file of a model',
  description: 'Uploads a file that the manifest names. Its length and SHA-256 must be those of the manifest.',
  tag: 'models',
  access: 'admin',
  binary: { description: 'The file as it is.' },
  answers: {
    200: jsonAnswer(addedModelObject, 'The file is stored.', { object: 'added_model', id: EXAMPLE.id, ready: true }),
  },
  refuses: [404, 422],
})

export const deleteModel = operation({
  method: 'delete',
  path: '/v1/models/{id}',
  params,
  operationId: 'deleteModel',
  summary: 'Delete an added model',
  description: 'Deletes a model that this tenant added. Refused with 409 while a run in progress uses it.',
  tag: 'models',
  access: 'admin',
  answers: {
    200: jsonAnswer(modelDeleted, 'The model is deleted.', { object: 'model', id: EXAMPLE.id, deleted: true }),
  },
  refuses: [404, 409],
})
