/**
 * The port between the run engine and whatever answers for a subject: a model at the edge, an external endpoint, or results
 * uploaded beforehand. Criteria declare what they need; a predictor supplies it for one item at a time.
 * @module
 */
import type { ImageReference, Item } from './item.ts'

/** What a criterion may need to see of an item. */
export type Need = 'image_embedding' | 'text_embeddings' | 'answer' | 'score'

/** One text through a text tower. */
export interface TextEmbedding {
  readonly vector: Float32Array
  /** Tokens fed to the model, specials included. */
  readonly tokens: number
  readonly truncated: boolean
  /** How many of the tokens stand for what the model's vocabulary does not have. */
  readonly unknownTokens: number
}

/** What a subject produced for one item. Only the needed members are present. */
export interface Observation {
  readonly imageEmbedding?: Float32Array
  /** One an item text, in the item's order. */
  readonly textEmbeddings?: readonly TextEmbedding[]
  /** null: the subject was asked (or its file was read) and has no answer. */
  readonly answer?: string | null
  /** Why `answer` is null, where the subject was asked: a sentence for the sample's result. */
  readonly unanswered?: string
  /** Given beforehand, in [0, 1]; null: the file was read and has none. */
  readonly score?: number | null
  /** Evidence worth keeping beside the score (finish reason, raw text); never part of the report. */
  readonly trace?: Readonly<Record<string, unknown>>
  /** Calls made to the subject for this item, repeats included; none unless given: an answer uploaded beforehand takes no call. */
  readonly calls?: number
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
}

/** Everything about a subject that can change a score. Goes into the spec, hence into its digest. */
export type SubjectIdentity =
  | {
      readonly type: 'edge_model'
      readonly model: string
      readonly version: string
      /** SHA-256 over the digests of the model's files. */
      readonly model_digest: string
      readonly preprocessing_digest: string
      readonly runtime: string
    }
  | { readonly type: 'results'; readonly name: string; readonly results_digest: string }
  | { readonly type: 'scores'; readonly name: string; readonly scores_digest: string }
  | {
      readonly type: 'endpoint'
      readonly endpoint: string
      /** `contracts/endpoint-address.ts`: the same name may stand for another machine tomorrow. Absent from specs older than it. */
      readonly address_digest?: string
      readonly model: string
      readonly prompt: string
      readonly sampling: Readonly<Record<string, unknown>>
    }

/** Reads stored image bytes. Rejects with a `Fault` of kind `not_found` when they are gone. */
export type ReadImage = (image: ImageReference) => Promise<Uint8Array>

export interface Predictor {
  readonly provides: readonly Need[]
  /** Items of one shard that may be observed at the same time; 1 unless stated. Never changes a score. */
  readonly concurrency?: number
  /**
   * Observes one item. A rejection with {@link SampleError} is a final *errored* sample; any other rejection is an
   * infrastructure fault: the shard's lease is released and the shard retried.
   */
  observe(item: Item, needs: ReadonlySet<Need>): Promise<Observation>
}

/** A final failure of one sample: a bad item, or an endpoint that stayed out of reach. Counted as errored, never as wrong. */
export class SampleError extends Error {
  override readonly name = 'SampleError'
  /** Stable, machine-readable, e.g. `bad_image`, `endpoint_timeout`, `endpoint_status_500`. */
  readonly code: string
  /** Calls that were made to the subject before it failed. */
  readonly calls: number

  constructor(code: string, message: string, options: { readonly cause?: unknown; readonly calls?: number } = {}) {
    super(message, options)
    this.code = code
    this.calls = options.calls ?? 0
  }

  /** The same failure after so many calls. */
  after(calls: number): SampleError {
    return new SampleError(this.code, this.message, { cause: this.cause, calls })
  }
}
