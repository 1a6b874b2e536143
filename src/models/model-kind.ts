/**
 * A kind of model: how a reference from a request becomes an identity, and how that identity becomes a model again when
 * a shard is scored. One folder per kind; `registry.ts` lists them.
 * @module
 */
import type { DatasetVersion } from '../contracts/dataset.ts'
import type { Model, ModelIdentity } from '../contracts/model.ts'
import type { RunRecord, ShardRange, WorkQueue } from '../contracts/run.ts'

/** JSON pointer of the model reference in a run request. */
export const REFERENCE_POINTER = '/data_source/subject'

/** A model as a run request names it: its kind, and the members that the kind defines. */
export interface KindReference {
  readonly type: string
}

export interface ResolveRequest<Reference extends KindReference = KindReference> {
  readonly tenant: string
  readonly dataset: DatasetVersion
  readonly reference: Reference
  /** The run uses at most this many of the first items. */
  readonly count: number
}

/** A model that exists, before anything is stored for a run. */
export interface ResolvedModel extends Pick<Model, 'identity' | 'concurrency' | 'supports'> {
  /** The queue that takes the run's shards. */
  readonly queue: WorkQueue
  /**
   * Stores whatever the shards will read, such as the answers of a results file. Called once the plan is accepted;
   * repeating it changes nothing.
   * @throws {Fault} `unprocessable` or `not_found`, naming the field of the request
   */
  prepare(): Promise<void>
}

export interface OpenRequest<Identity extends ModelIdentity = ModelIdentity> {
  readonly run: Pick<RunRecord, 'id' | 'tenant' | 'spec'>
  readonly identity: Identity
  /** Ordinals of the items that the model will be asked about. */
  readonly range: ShardRange
}

export interface ModelKind<Reference extends KindReference = KindReference, Identity extends ModelIdentity = ModelIdentity> {
  readonly type: Reference['type'] & Identity['type']
  /** @throws {Fault} `not_found` or `unprocessable`, naming the field of the request */
  resolve(request: ResolveRequest<Reference>): Promise<ResolvedModel>
  /**
   * The model of a run, as it was when the run was planned.
   * @throws {Error} when it is another model by now: an infrastructure fault of the shard
   */
  open(request: OpenRequest<Identity>): Promise<Model>
}
