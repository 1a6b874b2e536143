/**
 * A kind of model: turns a reference in a request into an identity, and an identity into a model when a shard
 * is scored. One folder per kind, listed in `registry.ts`.
 * @module
 */
import type { z } from 'zod'
import type { CallShape } from '../contracts/call-cost.ts'
import type { DatasetVersion } from '../contracts/dataset.ts'
import type { Model, ModelIdentity, OutputKind } from '../contracts/model.ts'
import type { RunRecord, ShardRange, WorkQueue } from '../contracts/run.ts'

/** JSON pointer of the model reference in a run request. */
export const REFERENCE_POINTER = '/data_source/subject'

/** A model as named in a run request: its kind, and members defined by the kind. */
export interface KindReference {
  readonly type: string
}

export interface ResolveRequest<Reference extends KindReference = KindReference> {
  readonly tenant: string
  readonly dataset: DatasetVersion
  readonly reference: Reference
  /** Most items of the run, from the first. */
  readonly count: number
  /** Kinds of output that the run's criteria read. */
  readonly outputs?: ReadonlySet<OutputKind> | undefined
  /**
   * `grader`: the model judges answers, by prompts of a scorer. `embedder`: it embeds texts for a scorer.
   * Default: it is evaluated.
   */
  readonly purpose?: 'grader' | 'embedder' | undefined
}

/** An existing model, before anything is stored for a run. */
export interface ResolvedModel extends Pick<Model, 'identity' | 'concurrency' | 'supports'> {
  /** Components of its vectors, if it embeds and that is known. */
  readonly dimensions?: number | undefined
  /** Items per shard unless the request says otherwise; default: by the queue. */
  readonly shardSize?: number
  /** Most items of a shard; default: by the queue. */
  readonly largestShard?: number
  /** The queue for the run's shards. */
  readonly queue: WorkQueue
  /** Its calls; absent: they cost nothing. */
  readonly calls?: CallShape
  /**
   * Stores data that the shards will read, such as the answers of a results file. Called once the plan is
   * accepted. Repeatable.
   * @throws {Fault} `unprocessable` or `not_found`, naming the field of the request
   */
  prepare(): Promise<void>
}

export interface OpenRequest<Identity extends ModelIdentity = ModelIdentity> {
  readonly run: Pick<RunRecord, 'id' | 'tenant' | 'datasetId' | 'spec'>
  readonly identity: Identity
  /** Ordinals of the items to ask about. */
  readonly range: ShardRange
}

/** Resolves and opens the models of one kind, for one deployment. */
export interface ModelSource<Reference extends KindReference = KindReference, Identity extends ModelIdentity = ModelIdentity> {
  /** @throws {Fault} `not_found` or `unprocessable`, naming the field of the request */
  resolve(request: ResolveRequest<Reference>): Promise<ResolvedModel>
  /**
   * The model of a run, as it was when the run was planned.
   * @throws {Error} if it has changed: an infrastructure fault of the shard
   */
  open(request: OpenRequest<Identity>): Promise<Model>
}

/** The schema of a reference: an object with a literal `type`. */
export type ReferenceSchema = z.ZodObject<{ type: z.ZodLiteral<string> }>

/** @typeParam Parts - stores and clients that models of the kind need */
export interface ModelKind<
  Parts = never,
  Schema extends ReferenceSchema = ReferenceSchema,
  Identity extends ModelIdentity = ModelIdentity,
> {
  /** A model of this kind as a run request names it. Part of the wire. */
  readonly reference: Schema
  connect(parts: Parts): ModelSource<z.output<Schema>, Identity>
}
