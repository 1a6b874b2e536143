/**
 * `/v1/uploads`: requests and responses.
 * @module
 */
import { jsonAnswer, jsonBody, operation } from '../../operation.ts'
import { EXAMPLE_FILE } from '../files/operations.ts'
import { uploadComplete, uploadCreate, type UploadObject, uploadObject, uploadPartForm, uploadPartObject } from './schema.ts'

const EXAMPLE = {
  object: 'upload',
  id: 'upload_019aced0b2f07c4e8d1a2b3c4d5e6f71',
  bytes: 18_204,
  created_at: 1_795_957_200,
  expires_at: 1_795_960_800,
  filename: 'results.json',
  purpose: 'evals',
  status: 'pending',
  file: null,
} as const satisfies UploadObject

const PART = 'part_019aced0b2f07c4e8d1a2b3c4d5e6f72'

const params = { id: { description: 'Id of the upload.', example: EXAMPLE.id } }

export const createUpload = operation({
  method: 'post',
  path: '/v1/uploads',
  operationId: 'createUpload',
  summary: 'Begin an upload in parts',
  description: 'Begins a file of up to 2,000,000,000 bytes, whose parts follow.',
  tag: 'files',
  access: 'key',
  json: jsonBody(uploadCreate, {
    filename: 'results.json',
    purpose: 'evals',
    bytes: 18_204,
    mime_type: 'application/json',
  }),
  idempotent: true,
  answers: { 200: jsonAnswer(uploadObject, 'The upload, which waits for parts.', EXAMPLE) },
})

export const addUploadPart = operation({
  method: 'post',
  path: '/v1/uploads/{id}/parts',
  params,
  operationId: 'addUploadPart',
  summary: 'Add a part',
  description: 'Stores one part. Parts may be sent at the same time and in any order.',
  tag: 'files',
  access: 'key',
  form: uploadPartForm,
  answers: {
    200: jsonAnswer(uploadPartObject, 'The stored part.', {
      object: 'upload.part',
      id: PART,
      created_at: EXAMPLE.created_at,
      upload_id: EXAMPLE.id,
    }),
  },
  refuses: [404, 409, 422],
})

export const completeUpload = operation({
  method: 'post',
  path: '/v1/uploads/{id}/complete',
  params,
  operationId: 'completeUpload',
  summary: 'Complete an upload',
  description: 'Joins the parts in the given order. Completing again gives the same answer.',
  tag: 'files',
  access: 'key',
  json: jsonBody(uploadComplete, { part_ids: [PART] }),
  answers: {
    200: jsonAnswer(uploadObject, 'The upload, with its file.', { ...EXAMPLE, status: 'completed', file: EXAMPLE_FILE }),
  },
  refuses: [404, 409, 422],
})

export const cancelUpload = operation({
  method: 'post',
  path: '/v1/uploads/{id}/cancel',
  params,
  operationId: 'cancelUpload',
  summary: 'Cancel an upload',
  description: 'Ends an upload and deletes its parts.',
  tag: 'files',
  access: 'key',
  answers: { 200: jsonAnswer(uploadObject, 'The cancelled upload.', { ...EXAMPLE, status: 'cancelled' }) },
  refuses: [404, 409],
})
