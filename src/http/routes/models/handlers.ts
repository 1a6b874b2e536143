/**
 * `/v1/models`: the models of this deployment with their digests and manifests; administrators add to them.
 * @module
 */
import type { AnsweringModel } from '../../../contracts/answering-model.ts'
import type { EdgeModel } from '../../../contracts/edge-model.ts'
import { Fault } from '../../../contracts/failure.ts'
import { nameModel, takeModelFile } from '../../../models/add-model.ts'
import { tenantOf } from '../../authorization.ts'
import { bodyOf } from '../../body/body-stream.ts'
import { passBody } from '../../body/hold-body.ts'
import { route } from '../../route.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { createModel, deleteModel, getModel, listModels, uploadModelFile } from './operations.ts'
import type { ModelObject } from './schema.ts'

export const modelRoutes = [
  route(listModels, async ({ context, services, answer }) => {
    const tenant = tenantOf(context)
    const models = [...(await services.edgeModels.list(tenant)), ...(await services.answeringModels.list(tenant))]
    const data = models.map(modelShape)
    return answer(200, {
      object: 'list',
      data,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: false,
    })
  }),

  route(getModel, async ({ context, services, params: { id }, answer }) => {
    const tenant = tenantOf(context)
    const model = (await services.edgeModels.find(tenant, id)) ?? (await services.answeringModels.find(tenant, id))
    if (model === null) throw new Fault({ kind: 'not_found', resource: 'model', id })
    return answer(200, modelShape(model))
  }),

  route(createModel, async ({ services, principal: { tenant }, readJson, answer }) => {
    const { manifest } = await readJson()
    const { ready } = await nameModel(services, tenant, manifest)
    return answer(201, { object: 'added_model', id: manifest.id, ready })
  }),

  route(uploadModelFile, async ({ context, services, principal: { tenant }, params: { id, sha256 }, answer }) => {
    const bytes = bodyOf(context).declared ?? 0
    // Streamed to storage: a model file is larger than an isolate's memory.
    const { ready } = await passBody(context, bytes, (body) => takeModelFile(services, tenant, id, sha256, { bytes, body }))
    return answer(200, { object: 'added_model', id, ready })
  }),

  route(deleteModel, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    await services.models.delete(tenant, id)
    return answer(200, { object: 'model', id, deleted: true })
  }),
]

function modelShape(model: EdgeModel | AnsweringModel): ModelObject {
  const { model_digest, preprocessing_digest, runtime } = model.identity
  const { manifest } = model
  const createdAt = ('createdAt' in model && model.createdAt) || 0
  const { released } = manifest
  return {
    object: 'model',
    id: manifest.id,
    created: unixSeconds(released === undefined ? createdAt : Date.parse(released)),
    owned_by: 'assay',
    task: manifest.task,
    model_digest,
    preprocessing_digest,
    runtime,
    manifest,
  }
}
