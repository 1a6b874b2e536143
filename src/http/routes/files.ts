/**
 * `/v1/files` in OpenAI's shape: uploaded results.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { sha256Hex } from '../../contracts/digest.ts'
import { advise, invalidField } from '../../contracts/failure.ts'
import type { FileRecord } from '../../contracts/records.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { deleted, fileObject, fileQuery } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { requireKey } from '../authorization.ts'
import { createOnce } from '../idempotency.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { formText, optionalFormFile, refuseUnknownFields, withForm } from '../body/form.ts'
import { readQuery } from '../check.ts'

const FILE_LIMIT = 50_000_000

const IN_PARTS = 'send it in parts: POST /v1/uploads takes files of 2,000,000,000 bytes'

export function fileRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/files',
    operationId: 'createFile',
    summary: 'Upload a file',
    tag: 'files',
    form: { file: 'file', purpose: 'text' },
    response: fileObject,
    idempotent: true,
  })
  app.post('/v1/files', async (context) => {
    const { tenant } = requireKey(context)
    const { catalogue } = context.env.services
    const key = idempotencyKeyOf(context)
    return advise(IN_PARTS, () =>
      withForm(context, tenant, FILE_LIMIT, 0, async (form, held) => {
        refuseUnknownFields(form, ['file', 'purpose'])
        if (formText(form, 'purpose') !== 'evals')
          throw invalidField('purpose', 'must be evals, the only purpose that files have here')
        const file = optionalFormFile(form, 'file')
        if (file === undefined) throw invalidField('file', 'is missing')
        if (file.size === 0) throw invalidField('file', 'is empty')
        // Of the fields: a client that repeats a form gives it another boundary.
        const createFile = (sha256: string | null, make: (id: string) => Promise<FileRecord>) =>
          createOnce(context, {
            tenant,
            key,
            request: { filename: file.name, sha256 },
            status: 200,
            make: async (id) => fileShape(await make(`file-${id}`)),
          })
        if (held !== null) {
          const { located } = file
          // Read through for the sake of a key only: keeping it reads it anyway.
          const sha256 = key === null ? null : await held.digest(located)
          return createFile(sha256, (id) => held.keep(located, file.name, id))
        }
        const bytes = file.view ?? (await file.bytes())
        const sha256 = await sha256Hex(bytes)
        return createFile(sha256, (id) => catalogue.files.put(tenant, { id, sha256, filename: file.name }, bytes))
      }),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/files',
    operationId: 'listFiles',
    summary: 'List files',
    tag: 'files',
    query: fileQuery,
    response: listOf(fileObject),
  })
  app.get('/v1/files', async (context) => {
    const { tenant } = requireKey(context)
    const query = readQuery(context, fileQuery)
    return context.json(
      await listPage(query.limit, (limit) => context.env.services.catalogue.files.list(tenant, { ...query, limit }), fileShape),
    )
  })

  describe(app, {
    method: 'get',
    path: '/v1/files/{id}',
    operationId: 'getFile',
    summary: 'Get a file',
    tag: 'files',
    refuses: [404],
    response: fileObject,
  })
  app.get('/v1/files/:id', async (context) => {
    const { tenant } = requireKey(context)
    return context.json(fileShape(await context.env.services.catalogue.files.find(tenant, context.req.param('id'))))
  })

  describe(app, {
    method: 'get',
    path: '/v1/files/{id}/content',
    operationId: 'getFileContent',
    summary: "Get a file's bytes",
    tag: 'files',
    refuses: [404],
    response: z.any().openapi({ type: 'string', format: 'binary' }),
    produces: 'application/octet-stream',
  })
  app.get('/v1/files/:id/content', async (context) => {
    const { tenant } = requireKey(context)
    const { files } = context.env.services.catalogue
    const file = await files.find(tenant, context.req.param('id'))
    const stored = await files.open(tenant, file.sha256)
    return context.body(stored.stream(), 200, {
      'content-type': 'application/octet-stream',
      'content-length': String(stored.bytes),
    })
  })

  describe(app, {
    method: 'delete',
    path: '/v1/files/{id}',
    operationId: 'deleteFile',
    summary: 'Delete a file',
    tag: 'files',
    refuses: [404, 409],
    response: deleted,
  })
  app.delete('/v1/files/:id', async (context) => {
    const { tenant } = requireKey(context)
    const id = context.req.param('id')
    await context.env.services.catalogue.files.delete(tenant, id)
    return context.json({ object: 'file', id, deleted: true })
  })
}

export function fileShape({ id, bytes, createdAt, filename, sha256 }: FileRecord) {
  return {
    object: 'file' as const,
    id,
    bytes,
    created_at: Math.floor(createdAt / 1000),
    filename,
    purpose: 'evals' as const,
    status: 'processed' as const,
    sha256,
  }
}
