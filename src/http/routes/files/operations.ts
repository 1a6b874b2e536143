/**
 * `/v1/files`: requests and responses.
 * @module
 */
import { examplePage, jsonAnswer, operation } from '../../operation.ts'
import { fileDeleted, fileForm, type FileObject, fileList, fileObject, fileQuery } from './schema.ts'

export const EXAMPLE_FILE = {
  object: 'file',
  id: 'file-019aced0b2f07c4e8d1a2b3c4d5e6f70',
  bytes: 18_204,
  created_at: 1_795_957_200,
  filename: 'results.json',
  purpose: 'evals',
  status: 'processed',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
} as const satisfies FileObject

const params = { id: { description: 'Id of the file.', example: EXAMPLE_FILE.id } }

export const createFile = operation({
  method: 'post',
  path: '/v1/files',
  operationId: 'createFile',
  summary: 'Upload a file',
  description: 'Stores a file: the results of a model, or an official file to import a dataset from.',
  tag: 'files',
  access: 'key',
  form: fileForm,
  idempotent: true,
  answers: { 200: jsonAnswer(fileObject, 'The stored file.', EXAMPLE_FILE) },
})

export const listFiles = operation({
  method: 'get',
  path: '/v1/files',
  operationId: 'listFiles',
  summary: 'List files',
  description: 'Lists the files of this tenant.',
  tag: 'files',
  access: 'key',
  query: fileQuery,
  answers: { 200: jsonAnswer(fileList, 'A page of files.', examplePage(EXAMPLE_FILE)) },
})

export const getFile = operation({
  method: 'get',
  path: '/v1/files/{id}',
  params,
  operationId: 'getFile',
  summary: 'Get a file',
  description: 'Returns what is known of a file, without its content.',
  tag: 'files',
  access: 'key',
  answers: { 200: jsonAnswer(fileObject, 'The file.', EXAMPLE_FILE) },
  refuses: [404],
})

export const getFileContent = operation({
  method: 'get',
  path: '/v1/files/{id}/content',
  params,
  operationId: 'getFileContent',
  summary: "Get a file's content",
  description: 'Returns the bytes of a file as they were uploaded.',
  tag: 'files',
  access: 'key',
  answers: { 200: { mediaType: 'application/octet-stream', description: 'The content.' } },
  refuses: [404],
})

export const deleteFile = operation({
  method: 'delete',
  path: '/v1/files/{id}',
  params,
  operationId: 'deleteFile',
  summary: 'Delete a file',
  description: 'Deletes a file. Refused with 409 while an import reads it.',
  tag: 'files',
  access: 'key',
  answers: {
    200: jsonAnswer(fileDeleted, 'The file is deleted.', { object: 'file', id: EXAMPLE_FILE.id, deleted: true }),
  },
  refuses: [404, 409],
})
