/**
 * The model kind `edge_model`: a model in the isolate, named by its id.
 * @module
 */
import type { EdgeModels } from '../../contracts/edge-model.ts'
import { Fault } from '../../contracts/failure.ts'
import type { ModelIdentityOf } from '../../contracts/model.ts'
import type { ModelReference } from '../../contracts/wire/model-reference.ts'
import { type ModelKind, REFERENCE_POINTER } from '../model-kind.ts'

type EdgeModelReference = Extract<ModelReference, { type: 'edge_model' }>
type EdgeModelIdentity = ModelIdentityOf<'edge_model'>

export function edgeModelKind(models: EdgeModels): ModelKind<EdgeModelReference, EdgeModelIdentity> {
  return {
    type: 'edge_model',
    async resolve({ tenant, reference }) {
      const model = await models.find(tenant, reference.model)
      if (model === null)
        throw new Fault({
          kind: 'not_found',
          resource: 'model',
          id: reference.model,
          pointer: `${REFERENCE_POINTER}/model`,
        })
      const { identity, concurrency, supports } = model
      return { identity, concurrency, supports, queue: 'edge', prepare: async () => {} }
    },
    async open({ run, identity }) {
      const model = await models.find(run.tenant, identity.model)
      if (model === null || !isSameBuild(model.identity, identity))
        throw new Error(`run ${run.id} was planned for another build of model ${identity.model}`)
      return model
    },
  }
}

function isSameBuild(one: EdgeModelIdentity, other: EdgeModelIdentity): boolean {
  return (
    one.model_digest === other.model_digest &&
    one.preprocessing_digest === other.preprocessing_digest &&
    one.runtime === other.runtime
  )
}
