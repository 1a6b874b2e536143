/**
 * The model port: one interface for an ONNX model in the isolate, an external endpoint, and answers uploaded
 * beforehand. A scorer requires a kind of output. A model says whether it can give that output for a task,
 * and gives it for one item at a time.
 *
 * Work that outlives an invocation (batch APIs, jobs) gets a separate port.
 * @module
 */
import type { ImageReference, Item, TaskId } from './item.ts'
import type { PromptMessage, PromptTemplate } from './prompt.ts'
import type { Sampling } from './sampling.ts'
import type { Warning } from './warning.ts'

/**
 * Identities by kind of model: everything about a model that can change a score. An identity is part of the
 * run's specification, hence of its digest. A kind outside this list adds its member from its own folder, by
 * declaration merging.
 */
export interface ModelIdentities {
  edge_model: {
    readonly type: 'edge_model'
    readonly model: string
    readonly version: string
    /** SHA-256 over the digests of the model's files. */
    readonly model_digest: string
    readonly preprocessing_digest: string
    readonly runtime: string
  }
  results: { readonly type: 'results'; readonly name: string; readonly results_digest: string }
  scores: { readonly type: 'scores'; readonly name: string; readonly scores_digest: string }
  embeddings: { readonly type: 'embeddings'; readonly name: string; readonly embeddings_digest: string }
  endpoint: ChatIdentity | EmbeddingsIdentity
}

interface EndpointIdentity {
  readonly type: 'endpoint'
  readonly endpoint: string
  /**
   * Digest of the address, since a name may later stand for another machine
   * (`contracts/endpoint-address.ts`). Absent from older specifications.
   */
  readonly address_digest?: string
  readonly model: string
}

/** A model that is asked by chat completions. */
export interface ChatIdentity extends EndpointIdentity {
  readonly kind?: never
  /** A template: a text, or messages, see `tasks/template.ts`. */
  readonly prompt: PromptTemplate
  readonly sampling: Sampling
}

/** A model that embeds pictures and texts. */
export interface EmbeddingsIdentity extends EndpointIdentity {
  readonly kind: 'embeddings'
  /** How pictures are sent, see `contracts/endpoint.ts`. */
  readonly picture_input: 'modality' | 'messages'
}

export type ModelIdentity = ModelIdentities[keyof ModelIdentities]
export type ModelIdentityOf<Type extends keyof ModelIdentities> = ModelIdentities[Type]

/** A model's name on a leaderboard: chosen by its uploader, its id, or `endpoint/model`. */
export function modelName(identity: ModelIdentity): string {
  if ('name' in identity) return identity.name
  return 'endpoint' in identity ? `${identity.endpoint}/${identity.model}` : identity.model
}

/** Embedding of one text. */
export interface TextEmbedding {
  readonly vector: Float32Array
  /** Number of tokens fed to the model, including special tokens. */
  readonly tokens: number
  readonly truncated: boolean
  /** Number of tokens outside the model's vocabulary. */
  readonly unknownTokens: number
}

/** Embedding of a text of an item. null: the model does not say. */
export interface EmbeddedText {
  readonly vector: Float32Array
  readonly truncated: boolean | null
  /** Number of tokens outside the model's vocabulary. */
  readonly unknownTokens: number | null
}

/** A text, such as an answer, a caption or a verdict. */
export interface TextOutput {
  readonly kind: 'text'
  /**
   * null: the model was asked, or its file was read, and there is no answer. The empty string is an answer.
   */
  readonly text: string | null
  /** Why `text` is null, if the model was asked: a sentence for the sample's result. */
  readonly unanswered?: string
}

/** A picture and its texts as vectors of one space. */
export interface EmbeddingsOutput {
  readonly kind: 'embeddings'
  readonly image: Float32Array
  /** One per text, in the order of the item. */
  readonly texts: readonly EmbeddedText[]
}

/**
 * An interval of a video that a model assigns to a step, in seconds. A larger score means more confidence.
 */
export interface ProposedSegment {
  readonly step: number
  readonly start: number
  readonly end: number
  readonly score: number
}

/** Steps located in a video. */
export interface SegmentsOutput {
  readonly kind: 'segments'
  /** null: the model's file was read and has no proposals for this video. */
  readonly segments: readonly ProposedSegment[] | null
}

/** A number in [0, 1] given for the item. */
export interface ScoreOutput {
  readonly kind: 'score'
  /** null: the file was read and has no score for this item. */
  readonly score: number | null
}

/** A model's output for one item. */
export type Output = TextOutput | EmbeddingsOutput | SegmentsOutput | ScoreOutput
export type OutputKind = Output['kind']
/** Mapped, so that an output of one kind is assignable to a union of kinds. */
export type OutputOf<Kind extends OutputKind> = { readonly [K in OutputKind]: Extract<Output, { kind: K }> }[Kind]

/** Tokens as reported by an endpoint. */
export interface TokenUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

/** An item of a dataset, and the wanted kind of output. */
export interface ModelRequest {
  readonly item: Item
  readonly output: OutputKind
  /** The prompt, already filled. Absent: the model asks with its task's prompt. */
  readonly messages?: readonly PromptMessage[]
}

export interface ModelAnswer {
  /** Its kind is the requested one. */
  readonly output: Output
  /** Calls made to the model for this answer, including retries. 0 for uploaded answers. */
  readonly calls: number
  /** How the endpoint answered: `answered`, `refused`, `filtered`, `truncated`, `empty` or `no_content`. */
  readonly outcome?: string
  /** The answer comes from the store of paid answers: its usage was paid before. */
  readonly stored?: boolean
  readonly usage?: TokenUsage
  /** Stored with the score for people (finish reason, raw text). Never part of the report. */
  readonly evidence?: Readonly<Record<string, unknown>>
  /** Reasons to trust the output less. Stored with the score, never part of the report. */
  readonly warnings?: readonly Warning[]
}

export interface Model {
  readonly identity: ModelIdentity
  /** Most items of a shard in progress at once. Never changes a score. */
  readonly concurrency: number
  /**
   * true, or a sentence that says why not and what to do instead. The planner refuses a run with that
   * sentence.
   */
  supports(task: TaskId, output: OutputKind): true | string
  /**
   * Answers one item.
   * @throws {SampleError} a final failure of this item: its row is *errored*
   * @throws any other error is an infrastructure fault: the shard's lease is released and the shard retried
   */
  run(request: ModelRequest): Promise<ModelAnswer>
}

/** Reads stored image bytes. Rejects with a `Fault` of kind `not_found` if they are gone. */
export type ReadImage = (image: Pick<ImageReference, 'sha256'>) => Promise<Uint8Array>

/**
 * A final failure of one sample: a bad item, or an endpoint that stayed out of reach. Counted as errored,
 * never as wrong.
 */
export class SampleError extends Error {
  override readonly name = 'SampleError'
  /** Stable and machine-readable, such as `bad_image`, `endpoint_timeout` or `endpoint_status_500`. */
  readonly code: string
  /** Calls made to the model before it failed. */
  readonly calls: number

  constructor(code: string, message: string, options: { readonly cause?: unknown; readonly calls?: number } = {}) {
    super(message, options)
    this.code = code
    this.calls = options.calls ?? 0
  }

  /** The same failure, after `calls` calls. */
  after(calls: number): SampleError {
    return new SampleError(this.code, this.message, { cause: this.cause, calls })
  }
}

/** The run has ended, so a model sends nothing more for it. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded'
}

/** A model answers nothing for a while. The shard is put back and continues later. */
export class ModelPaused extends Error {
  override readonly name = 'ModelPaused'
  /** Unix milliseconds. */
  readonly until: number

  constructor(reason: string, until: number) {
    super(reason)
    this.until = until
  }
}
