/**
 * Model registry: finds the kind of a model by the `type` of its reference or identity.
 * @module
 */
import { invalidField } from '../contracts/failure.ts'
import type { Model, ModelIdentity } from '../contracts/model.ts'
import type { RunRecord, ShardRange } from '../contracts/run.ts'
import { edgeModelKind } from './edge/kind.ts'
import { type EndpointKindParts, endpointKind } from './endpoint/kind.ts'
import { type ModelKind, REFERENCE_POINTER, type ResolvedModel, type ResolveRequest } from './model-kind.ts'
import { type RecordedKindParts, resultsKind, scoresKind } from './recorded/kinds.ts'
import type { EdgeModels } from '../contracts/edge-model.ts'

export interface ModelRegistry {
  /**
   * Resolves a reference for one dataset version.
   * @throws {Fault} `not_found`, `invalid` or `unprocessable`, naming the field of the request
   */
  resolve(request: ResolveRequest): Promise<ResolvedModel>
  /** The model of a run, for the items of one shard. */
  open(run: Pick<RunRecord, 'id' | 'tenant' | 'spec'>, range: ShardRange): Promise<Model>
}

export interface ModelKindsParts extends EndpointKindParts, RecordedKindParts {
  readonly edgeModels: EdgeModels
}

/** The kinds of model, one line per kind. */
export const modelKinds = (parts: ModelKindsParts): readonly ModelKind[] => [
  edgeModelKind(parts.edgeModels),
  endpointKind(parts),
  resultsKind(parts),
  scoresKind(parts),
]

export function createModelRegistry(kinds: readonly ModelKind[]): ModelRegistry {
  const byType = new Map<string, ModelKind>(kinds.map((kind) => [kind.type, kind]))
  return {
    async resolve(request) {
      const { type } = request.reference
      const kind = byType.get(type)
      if (kind === undefined) throw invalidField(`${REFERENCE_POINTER}/type`, `there is no kind of model called ${type}`)
      return kind.resolve(request)
    },
    async open(run, range) {
      const identity: ModelIdentity = run.spec.subject
      const kind = byType.get(identity.type)
      if (kind === undefined) throw new Error(`run ${run.id} names a kind of model, ${identity.type}, that is gone`)
      return kind.open({ run, identity, range })
    },
  }
}
