/**
 * The model kind `edge_model`: a model in the isolate, named by its id.
 * @module
 */
import { z } from 'zod'
import type { AnsweringModels } from '../../contracts/answering-model.ts'
import type { EdgeModels } from '../../contracts/edge-model.ts'
import { Fault } from '../../contracts/failure.ts'
import type { ModelIdentityOf } from '../../contracts/model.ts'
import { id } from '../../contracts/wire/common.ts'
import { type ModelKind, REFERENCE_POINTER } from '../model-kind.ts'

type EdgeModelIdentity = ModelIdentityOf<'edge_model'>

export interface EdgeKindParts {
  readonly edgeModels: Pick<EdgeModels, 'find'>
  readonly answeringModels: Pick<AnsweringModels, 'find'>
}

const reference = z
  .strictObject({ type: z.literal('edge_model'), model: id.describe('Id of a model of `/v1/models`.') })
  .describe('A model that runs in the Worker.')

export const edgeModelKind: ModelKind<EdgeKindParts, typeof reference, EdgeModelIdentity> = {
  reference,
  connect: ({ edgeModels, answeringModels }) => ({
    async resolve({ tenant, reference: { model: named } }) {
      const encoder = await edgeModels.find(tenant, named)
      const model = encoder ?? (await answeringModels.find(tenant, named))
      if (model === null)
        throw new Fault({
          kind: 'not_found',
          resource: 'model',
          id: named,
          pointer: `${REFERENCE_POINTER}/model`,
        })
      const { identity, concurrency, supports } = model
      return {
        identity,
        concurrency,
        supports,
        dimensions: encoder?.manifest.embedding.dimensions,
        queue: 'edge',
        prepare: async () => {},
      }
    },
    async open({ run, identity }) {
      const model =
        (await edgeModels.find(run.tenant, identity.model)) ?? (await answeringModels.find(run.tenant, identity.model))
      if (model === null || !isSameBuild(model.identity, identity))
        throw new Error(`run ${run.id} was planned for another build of model ${identity.model}`)
      return model
    },
  }),
}

function isSameBuild(one: EdgeModelIdentity, other: EdgeModelIdentity): boolean {
  return (
    one.model_digest === other.model_digest &&
    one.preprocessing_digest === other.preprocessing_digest &&
    one.runtime === other.runtime
  )
}
