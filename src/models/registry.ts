/**
 * Model registry: finds the kind of a model by the `type` of its reference or identity.
 * @module
 */
import { z } from 'zod'
import { invalidField } from '../contracts/failure.ts'
import type { Model, ModelIdentity } from '../contracts/model.ts'
import type { RunRecord, ShardRange } from '../contracts/run.ts'
import { edgeModelKind, type EdgeKindParts } from './edge/kind.ts'
import { type EndpointKindParts, endpointKind } from './endpoint/kind.ts'
import { type ModelKind, type ModelSource, REFERENCE_POINTER, type ResolvedModel, type ResolveRequest } from './model-kind.ts'
import { samplesKind } from './samples/kind.ts'
import { embeddingsKind, type EmbeddingsKindParts } from './recorded/embeddings/kind.ts'
import { type RecordedKindParts, resultsKind, scoresKind } from './recorded/kinds.ts'

export interface ModelRegistry {
  /**
   * Resolves a reference for one dataset version.
   * @throws {Fault} `not_found`, `invalid` or `unprocessable`, naming the field of the request
   */
  resolve(request: ResolveRequest): Promise<ResolvedModel>
  /** The model of a run, for the items of one shard. */
  open(run: Pick<RunRecord, 'id' | 'tenant' | 'datasetId' | 'spec'>, range: ShardRange): Promise<Model>
}

/** The kinds of model, one line per kind. */
export const MODEL_KINDS = [edgeModelKind, resultsKind, scoresKind, embeddingsKind, endpointKind, samplesKind] as const

export type ModelKindParts = EdgeKindParts & EndpointKindParts & RecordedKindParts & EmbeddingsKindParts

const [firstKind, ...otherKinds] = MODEL_KINDS

/** The union of all references: the wire's `subject`. */
export const modelReference = z.discriminatedUnion('type', [firstKind.reference, ...otherKinds.map(({ reference }) => reference)])

export type ModelReference = z.output<typeof modelReference>

/**
 * @throws {RangeError} when two kinds have one type
 * @example
 * createModelRegistry([...MODEL_KINDS, jobKind], parts)
 */
export function createModelRegistry<Parts>(kinds: readonly ModelKind<Parts>[], parts: Parts): ModelRegistry {
  const sources = new Map<string, ModelSource>(kinds.map((kind) => [typeOf(kind), kind.connect(parts)]))
  if (sources.size < kinds.length) throw new RangeError('two kinds of model have the same type')
  return {
    async resolve(request) {
      const { type } = request.reference
      const source = sources.get(type)
      if (source === undefined) throw invalidField(`${REFERENCE_POINTER}/type`, `there is no kind of model called ${type}`)
      return source.resolve(request)
    },
    async open(run, range) {
      const identity: ModelIdentity = run.spec.subject
      const source = sources.get(identity.type)
      if (source === undefined) throw new Error(`run ${run.id} names a kind of model, ${identity.type}, that is gone`)
      return source.open({ run, identity, range })
    },
  }
}

/** The `type` of a kind's references. */
export const typeOf = ({ reference }: Pick<ModelKind, 'reference'>): string => reference.shape.type.value
