/**
 * `/v1/datasets` and `/v1/dataset_imports`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_FILE } from '../files/operations.ts'
import {
  datasetDeleted,
  datasetForm,
  datasetList,
  type DatasetObject,
  datasetObject,
  datasetQuery,
  importCreate,
  type ImportObject,
  importObject,
} from './schema.ts'

export const EXAMPLE_DATASET = {
  object: 'dataset',
  id: 'ds_019aced0b2f07c4e8d1a2b3c4d5e6f73',
  name: 'scenes',
  created_at: 1_795_957_200,
  version: {
    digest: '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',
    task: 'retrieval',
    format: 'karpathy',
    items: 48,
    images: 48,
    clusters: 48,
    created_at: 1_795_957_200,
  },
} as const satisfies DatasetObject

const EXAMPLE_IMPORT = {
  object: 'dataset.import',
  id: 'imp_019aced0b2f07c4e8d1a2b3c4d5e6f74',
  status: 'in_progress',
  name: 'vqa-v2',
  format: 'vqa-v2',
  files: { annotations: EXAMPLE_FILE.id, questions: 'file-019aced0b2f07c4e8d1a2b3c4d5e6f75' },
  created_at: 1_795_957_200,
  ended_at: null,
  progress: {
    phase: 'read',
    bytes_read: 0,
    bytes_total: 112_000_000,
    items: 0,
    pictures: 0,
    ignored_entries: 0,
    items_without_image: 0,
    unused_images: 0,
  },
  error: null,
  dataset: null,
} as const satisfies ImportObject

const params = { id: { description: 'Id of the dataset.', example: EXAMPLE_DATASET.id } }

export const createDataset = operation({
  method: 'post',
  path: '/v1/datasets',
  operationId: 'createDataset',
  summary: 'Import a dataset from official files',
  description:
    'As multipart/form-data the files come in this request, which imports them at once; at most 50,000,000 bytes. ' +
    'As JSON it names uploaded files, which a job then imports: follow `/v1/dataset_imports/{id}`.',
  tag: 'datasets',
  access: 'key',
  form: datasetForm,
  json: jsonBody(importCreate, {
    name: 'vqa-v2',
    format: 'vqa-v2',
    files: EXAMPLE_IMPORT.files,
    images: [{ file_id: 'file-019aced0b2f07c4e8d1a2b3c4d5e6f76' }],
  }),
  idempotent: true,
  answers: {
    200: jsonAnswer(datasetObject, 'The same content was imported before under this name.', EXAMPLE_DATASET),
    201: jsonAnswer(datasetObject, 'The new version.', {
      ...EXAMPLE_DATASET,
      unused_images: 0,
      items_without_image: 0,
    }),
    202: jsonAnswer(importObject, 'A job imports the uploaded files.', EXAMPLE_IMPORT),
  },
  refuses: [404, 409, 422],
})

export const listDatasets = operation({
  method: 'get',
  path: '/v1/datasets',
  operationId: 'listDatasets',
  summary: 'List datasets',
  description: 'Lists the datasets of this tenant, each with its latest version.',
  tag: 'datasets',
  access: 'key',
  query: datasetQuery,
  answers: { 200: jsonAnswer(datasetList, 'A page of datasets.', examplePage(EXAMPLE_DATASET)) },
})

export const getDataset = operation({
  method: 'get',
  path: '/v1/datasets/{id}',
  params: { id: { description: 'Id of the dataset, or `{id}@{digest}` for a version.', example: EXAMPLE_DATASET.id } },
  operationId: 'getDataset',
  summary: 'Get a dataset',
  description: 'Returns a dataset with its latest version, or with the version that the digest names.',
  tag: 'datasets',
  access: 'key',
  answers: { 200: jsonAnswer(datasetObject, 'The dataset.', EXAMPLE_DATASET) },
  refuses: [404],
})

export const deleteDataset = operation({
  method: 'delete',
  path: '/v1/datasets/{id}',
  params,
  operationId: 'deleteDataset',
  summary: 'Delete a dataset',
  description: 'Deletes a dataset with all its versions. Refused with 409 while a run in progress uses one.',
  tag: 'datasets',
  access: 'key',
  answers: {
    200: jsonAnswer(datasetDeleted, 'The dataset is deleted.', {
      object: 'dataset.deleted',
      id: EXAMPLE_DATASET.id,
      deleted: true,
    }),
  },
  refuses: [404, 409],
})

export const getDatasetImport = operation({
  method: 'get',
  path: '/v1/dataset_imports/{id}',
  params: { id: { description: 'Id of the import.', example: EXAMPLE_IMPORT.id } },
  operationId: 'getDatasetImport',
  summary: 'Get an import',
  description: 'Returns the progress of an import from uploaded files and, at its end, the dataset or the error.',
  tag: 'datasets',
  access: 'key',
  answers: { 200: jsonAnswer(importObject, 'The import.', EXAMPLE_IMPORT) },
  refuses: [404],
})
