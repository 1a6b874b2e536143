/**
 * `/v1/models`: what this deployment serves at the edge, with digests and manifests; and, for administrators, adding to it.
 * @module
 */
import { z } from '@hono/zod-openapi'
import type { Encoder } from '../../contracts/encoder.ts'
import { addModel } from '../../catalogue/add-model.ts'
import { Fault, invalidField } from '../../contracts/failure.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { deleted, modelCreate, modelFileObject, modelObject } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { requireAdmin, tenantOf } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { declaredLength, readJson, readQuery } from '../request-body.ts'

export function modelRoutes(app: App): void {
  describe(app, {
    method: 'get',
    path: '/v1/models',
    summary: 'List models',
    tag: 'models',
    query: z.object({}),
    response: listOf(modelObject),
    open: true,
  })
  app.get('/v1/models', async (context) => {
    readQuery(context, z.object({}))
    const encoders = await context.env.services.encoders.list(tenantOf(context))
    return context.json(await listPage(encoders.length, async () => encoders, shape))
  })

  describe(app, {
    method: 'get',
    path: '/v1/models/{id}',
    summary: 'Get a model',
    tag: 'models',
    response: modelObject,
    open: true,
  })
  app.get('/v1/models/:id', async (context) => {
    const encoder = await context.env.services.encoders.find(tenantOf(context), context.req.param('id'))
    if (encoder === null) throw new Fault({ kind: 'not_found', resource: 'model', id: context.req.param('id') })
    return context.json(await shape(encoder))
  })

  describe(app, {
    method: 'put',
    path: '/v1/models/files/{sha256}',
    summary: 'Upload a file of a model',
    tag: 'models',
    binary: true,
    response: modelFileObject,
  })
  app.put('/v1/models/files/:sha256', async (context) => {
    const { tenant } = requireAdmin(context)
    const sha256 = context.req.param('sha256')
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw invalidField('sha256', 'must be the SHA-256 of the body in 64 lower-case hex digits')
    const bytes = declaredLength(context)
    const body = context.req.raw.body
    if (bytes === undefined) throw invalidField('content-length', 'is missing: say how long the file is')
    if (bytes === 0 || body === null) throw invalidField('', 'is empty: send the bytes of the file')
    if (bytes > FILE_LIMIT)
      throw new Fault({ kind: 'too_large', what: 'a model file', limit: FILE_LIMIT, actual: bytes, unit: 'bytes' })
    // Straight to storage: a model file is larger than what an isolate may hold.
    await context.env.services.models.putFile(tenant, sha256, bytes, body)
    return context.json({ object: 'model_file', sha256, bytes })
  })

  describe(app, {
    method: 'post',
    path: '/v1/models',
    summary: 'Add a model',
    tag: 'models',
    json: modelCreate,
    response: modelObject,
    status: 201,
  })
  app.post('/v1/models', async (context) => {
    const { tenant } = requireAdmin(context)
    const { services } = context.env
    const { manifest } = await readJson(context, modelCreate)
    await addModel(services, tenant, manifest)
    const encoder = await services.encoders.find(tenant, manifest.id)
    return context.json(await shape(encoder!), 201)
  })

  describe(app, { method: 'delete', path: '/v1/models/{id}', summary: 'Remove an added model', tag: 'models', response: deleted })
  app.delete('/v1/models/:id', async (context) => {
    const { tenant } = requireAdmin(context)
    const { models, encoders } = context.env.services
    const id = context.req.param('id')
    const record = await models.find(tenant, id)
    if (record === null && (await encoders.find(tenant, id)) !== null)
      throw new Fault({ kind: 'conflict', detail: `model ${id} ships with this deployment and is not removed` })
    await models.delete(tenant, id)
    if (record !== null) await models.deleteUnusedFiles(tenant, record.manifest)
    return context.json({ object: 'model', id, deleted: true })
  })
}

/** What a Worker may be sent in one body, on every plan. */
const FILE_LIMIT = 100_000_000

async function shape(encoder: Encoder) {
  const { model_digest, preprocessing_digest, runtime } = await encoder.identity()
  return {
    object: 'model' as const,
    id: encoder.manifest.id,
    created: 0,
    owned_by: 'assay',
    task: encoder.manifest.task,
    model_digest,
    preprocessing_digest,
    runtime,
    manifest: encoder.manifest,
  }
}
