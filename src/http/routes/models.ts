/**
 * `/v1/models`: what this deployment serves at the edge, with digests and manifests; and, for administrators, adding to it.
 * @module
 */
import { z } from '@hono/zod-openapi'
import type { Encoder } from '../../contracts/encoder.ts'
import { nameModel, takeModelFile } from '../../models/add-model.ts'
import { Fault } from '../../contracts/failure.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { addedModelObject, deleted, modelCreate, modelObject } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { admitReader, requireAdmin, tenantOf } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { bodyOf } from '../body/body-stream.ts'
import { passBody } from '../body/hold-body.ts'
import { readJson } from '../body/json-body.ts'
import { readQuery } from '../check.ts'

export function modelRoutes(app: App): void {
  describe(app, {
    method: 'get',
    path: '/v1/models',
    operationId: 'listModels',
    summary: 'List models',
    tag: 'models',
    query: z.object({}),
    response: listOf(modelObject),
    open: true,
  })
  app.get('/v1/models', async (context) => {
    await admitReader(context, context.env.services)
    readQuery(context, z.object({}))
    const encoders = await context.env.services.encoders.list(tenantOf(context))
    return context.json(await listPage(encoders.length, async () => encoders, shape))
  })

  describe(app, {
    method: 'get',
    path: '/v1/models/{id}',
    operationId: 'getModel',
    summary: 'Get a model',
    tag: 'models',
    refuses: [404],
    response: modelObject,
    open: true,
  })
  app.get('/v1/models/:id', async (context) => {
    await admitReader(context, context.env.services)
    const encoder = await context.env.services.encoders.find(tenantOf(context), context.req.param('id'))
    if (encoder === null) throw new Fault({ kind: 'not_found', resource: 'model', id: context.req.param('id') })
    return context.json(await shape(encoder))
  })

  describe(app, {
    method: 'post',
    path: '/v1/models',
    operationId: 'createModel',
    summary: 'Name a model whose files are then uploaded',
    tag: 'models',
    refuses: [409, 422],
    admin: true,
    json: modelCreate,
    response: addedModelObject,
    status: 201,
  })
  app.post('/v1/models', async (context) => {
    const { tenant } = requireAdmin(context)
    const { manifest } = await readJson(context, modelCreate)
    const { ready } = await nameModel(context.env.services, tenant, manifest)
    return context.json({ object: 'added_model', id: manifest.id, ready }, 201)
  })

  describe(app, {
    method: 'put',
    path: '/v1/models/{id}/files/{sha256}',
    operationId: 'uploadModelFile',
    summary: 'Upload a file that a model names',
    tag: 'models',
    refuses: [404, 413, 422],
    admin: true,
    binary: true,
    response: addedModelObject,
  })
  app.put('/v1/models/:id/files/:sha256', async (context) => {
    const { tenant } = requireAdmin(context)
    const { id, sha256 } = context.req.param()
    const bytes = bodyOf(context).declared ?? 0
    // Straight to storage: a model file is larger than what an isolate may hold.
    const { ready } = await passBody(context, bytes, (body) =>
      takeModelFile(context.env.services, tenant, id, sha256, { bytes, body }),
    )
    return context.json({ object: 'added_model', id, ready })
  })

  describe(app, {
    method: 'delete',
    path: '/v1/models/{id}',
    operationId: 'deleteModel',
    summary: 'Remove an added model',
    tag: 'models',
    refuses: [404, 409],
    admin: true,
    response: deleted,
  })
  app.delete('/v1/models/:id', async (context) => {
    const { tenant } = requireAdmin(context)
    const id = context.req.param('id')
    await context.env.services.models.delete(tenant, id)
    return context.json({ object: 'model', id, deleted: true })
  })
}

/** Unix seconds of the version, or of its adding. */
function createdOf({ manifest, createdAt = 0 }: Encoder): number {
  return Math.floor((manifest.released === undefined ? createdAt : Date.parse(manifest.released)) / 1000)
}

async function shape(encoder: Encoder) {
  const { model_digest, preprocessing_digest, runtime } = await encoder.identity()
  return {
    object: 'model' as const,
    id: encoder.manifest.id,
    created: createdOf(encoder),
    owned_by: 'assay',
    task: encoder.manifest.task,
    model_digest,
    preprocessing_digest,
    runtime,
    manifest: encoder.manifest,
  }
}
