/**
 * `/v1/models`: what this deployment serves at the edge, with digests and manifests.
 * @module
 */
import { z } from '@hono/zod-openapi'
import type { Encoder } from '../../contracts/encoder.ts'
import { Fault } from '../../contracts/failure.ts'
import { listOf } from '../../contracts/wire/common.ts'
import { modelObject } from '../../contracts/wire/resources.ts'
import type { App } from '../app-context.ts'
import { tenantOf } from '../authorization.ts'
import { listPage } from '../list-page.ts'
import { describe } from '../openapi.ts'
import { readQuery } from '../request-body.ts'

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
}

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
