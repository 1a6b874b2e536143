/**
 * `/v1/uploads` in OpenAI's shape: files larger than one request, in parts.
 * @module
 */
import { advise } from '../../contracts/failure.ts'
import type { UploadRecord } from '../../contracts/import-ports.ts'
import { uploadComplete, uploadCreate, uploadObject, uploadPartObject } from '../../contracts/wire/imports.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { createOnce } from '../idempotency.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { passSingleFile } from '../body/form.ts'
import { describe } from '../openapi.ts'
import { readJson } from '../body/json-body.ts'
import { fileShape } from './files.ts'

/** Bytes of the request that carries a part: its data and a little form around it. */
export const PART_LIMIT = 50_000_000

export function uploadRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/uploads',
    operationId: 'createUpload',
    summary: 'Begin a file in parts',
    tag: 'files',
    json: uploadCreate,
    response: uploadObject,
    idempotent: true,
  })
  app.post('/v1/uploads', async (context) => {
    const { tenant } = requireKey(context)
    const key = idempotencyKeyOf(context)
    const request = await readJson(context, uploadCreate)
    const { filename, bytes, mime_type: mimeType } = request
    const { uploadSessions } = context.env.services
    return createOnce(context, {
      tenant,
      key,
      request,
      status: 200,
      make: async (id) => shape(await uploadSessions.create(tenant, `upload_${id}`, { filename, bytes, mimeType })),
    })
  })

  describe(app, {
    method: 'post',
    path: '/v1/uploads/{id}/parts',
    operationId: 'addUploadPart',
    summary: 'Add a part',
    tag: 'files',
    refuses: [404, 409, 422],
    form: { data: 'file' },
    response: uploadPartObject,
  })
  app.post('/v1/uploads/:id/parts', async (context) => {
    const { tenant } = requireKey(context)
    const { uploadSessions } = context.env.services
    const uploadId = context.req.param('id')
    await uploadSessions.requirePending(tenant, uploadId)
    const { id, createdAt } = await advise('cut the file into more parts', () =>
      passSingleFile(context, 'data', PART_LIMIT, (form) => uploadSessions.addPart(tenant, uploadId, form.body, form.locate)),
    )
    return context.json({ object: 'upload.part', id, created_at: Math.floor(createdAt / 1000), upload_id: uploadId })
  })

  describe(app, {
    method: 'post',
    path: '/v1/uploads/{id}/complete',
    operationId: 'completeUpload',
    summary: 'Make the parts a file',
    tag: 'files',
    refuses: [404, 409, 422],
    json: uploadComplete,
    response: uploadObject,
  })
  app.post('/v1/uploads/:id/complete', async (context) => {
    const { tenant } = requireKey(context)
    const { part_ids, md5 } = await readJson(context, uploadComplete)
    return context.json(shape(await context.env.services.uploadSessions.complete(tenant, context.req.param('id'), part_ids, md5)))
  })

  describe(app, {
    method: 'post',
    path: '/v1/uploads/{id}/cancel',
    operationId: 'cancelUpload',
    summary: 'Give up an upload',
    tag: 'files',
    refuses: [404, 409],
    response: uploadObject,
  })
  app.post('/v1/uploads/:id/cancel', async (context) => {
    const { tenant } = requireKey(context)
    return context.json(shape(await context.env.services.uploadSessions.cancel(tenant, context.req.param('id'))))
  })
}

function shape(upload: UploadRecord) {
  return {
    object: 'upload' as const,
    id: upload.id,
    bytes: upload.bytes,
    created_at: Math.floor(upload.createdAt / 1000),
    expires_at: Math.floor(upload.expiresAt / 1000),
    filename: upload.filename,
    purpose: 'evals' as const,
    status: upload.status,
    file: upload.file && fileShape(upload.file),
  }
}
