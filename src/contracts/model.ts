/**
 * The model port: one interface for an ONNX model in the isolate, an external endpoint, and answers uploaded
 * beforehand. A scorer requires a kind of output. A model says whether it can give that output for a task,
 * and gives it for one item at a time. A {@link DeferredModel} is asked about many items together, and
 * answers later.
 * @module
 */
import type { AnsweringSkill } from './fusion-manifest.ts'
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
    /** Texts with `{}` for a label, see {@link EmbeddingsIdentity}. Absent: `{}` alone. */
    readonly templates?: readonly string[]
    readonly captions?: EmbeddedCaptions
    /** How items of the user's own shape are asked about; absent for other items. */
    readonly prompt?: PromptTemplate
    /** The skill. Absent: as the prompt's pictures say. */
    readonly skill?: AnsweringSkill
  }
  results: { readonly type: 'results'; readonly name: string; readonly results_digest: string }
  scores: { readonly type: 'scores'; readonly name: string; readonly scores_digest: string }
  embeddings: { readonly type: 'embeddings'; readonly name: string; readonly embeddings_digest: string }
  endpoint: ChatIdentity | EmbeddingsIdentity
}

/** Captions of another system that are embedded in place of the items' texts. */
export interface EmbeddedCaptions {
  readonly name: string
  readonly results_digest: string
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
  /**
   * Revision of the model as the run names it, such as a commit. It is not sent; it tells stored answers
   * apart. Absent: not named.
   */
  readonly revision?: string
  /** Larger pictures are scaled down to so many pixels. Absent: none is. */
  readonly max_pixels?: number
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
  /** Texts with `{}` for a label. Absent: the label is embedded word for word. */
  readonly templates?: readonly string[]
  readonly captions?: EmbeddedCaptions
}

export type ModelIdentity = ModelIdentities[keyof ModelIdentities]
export type ModelIdentityOf<Type extends keyof ModelIdentities> = ModelIdentities[Type]

/**
 * A model's name on a leaderboard: chosen by its uploader, its id, or `endpoint/model`, with `@revision`. A
 * system whose captions a model embeds is named before that model.
 */
export function modelName(identity: ModelIdentity): string {
  if ('name' in identity) return identity.name
  const model = 'endpoint' in identity ? endpointName(identity) : identity.model
  return 'captions' in identity ? `${identity.captions.name} (${model})` : model
}

const endpointName = ({ endpoint, model, revision }: EndpointIdentity): string =>
  revision === undefined ? `${endpoint}/${model}` : `${endpoint}/${model}@${revision}`

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
  /** Calls of functions that the model asks for, in the shape of chat completions. */
  readonly toolCalls?: readonly unknown[]
  /** P(yes) / (P(yes) + P(no)) by the log-probabilities of the first token; absent without them. */
  readonly yesProbability?: number
}

/** The probability that a text of an item fits its picture, in [0, 1]. */
export interface TextProbability {
  readonly probability: number
  /** The endpoint gave no log-probabilities of yes or no, so the answer counts as 0 or 1. */
  readonly byText: boolean
}

/** Whether each text of an item fits its picture. */
export interface ProbabilitiesOutput {
  readonly kind: 'probabilities'
  /** In the order of the texts. null: one of them has no answer. */
  readonly texts: readonly TextProbability[] | null
  /** Why `texts` is null. */
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

/** A candidate that a model chose: its place among those of the item, and its cosine if the model embeds. */
export interface RankedCandidate {
  readonly index: number
  readonly cosine: number | null
}

/** Candidates of an item, likeliest first. Of equal ones the first candidate is first. */
export interface LabelsOutput {
  readonly kind: 'labels'
  /**
   * At least one: a model that names one label gives one, a model that ranks gives {@link LABELS_KEPT}, or
   * all. null: no answer.
   */
  readonly ranked: readonly RankedCandidate[] | null
  /** Why `ranked` is null, if the model was asked. */
  readonly unanswered?: string
  /** Labels that the model read only in part, and labels with words unknown to it. null: not told. */
  readonly read?: { readonly truncated: number; readonly unknown: number } | null
}

/** Why a model that embeds gives no rotations. */
export const UNORDERED = 'a model that embeds sees no order of options; use the criterion without circular'

/** The option that a model chose in each rotation of an item's options. */
export interface RotationsOutput {
  readonly kind: 'rotations'
  /** Places in the item's own order; rotation k shows the option at k first. null: one has no answer. */
  readonly chosen: readonly number[] | null
  /** Why `chosen` is null. */
  readonly unanswered?: string
}

/** Candidates of an output: the depth of the deepest metric. */
export const LABELS_KEPT = 5

/** Steps located in a video. */
export interface SegmentsOutput {
  readonly kind: 'segments'
  /** null: there are no proposals for this video. */
  readonly segments: readonly ProposedSegment[] | null
  /** Why `segments` is null, if the model was asked. */
  readonly unanswered?: string
}

/** A number in [0, 1] given for the item. */
export interface ScoreOutput {
  readonly kind: 'score'
  /** null: the file was read and has no score for this item. */
  readonly score: number | null
}

/** A model's output for one item. */
export type Output =
  | TextOutput
  | EmbeddingsOutput
  | LabelsOutput
  | RotationsOutput
  | ProbabilitiesOutput
  | SegmentsOutput
  | ScoreOutput
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
  /** The skill that the messages ask for; part of the model's identity. Models in the isolate read it. */
  readonly skill?: AnsweringSkill | undefined
  /** Texts with `{}` for a label, of the model's identity. Read by models that embed labels. */
  readonly templates?: readonly string[] | undefined
  /** Texts to embed in place of the item's own. Read by models that embed. */
  readonly texts?: readonly string[]
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

/** Vectors of texts alone. */
export interface EmbeddedTexts {
  /** One per text, in their order, all of one length. */
  readonly texts: readonly EmbeddedText[]
  readonly usage?: TokenUsage
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
  /**
   * Embeds texts for a grader. Absent: the model embeds none.
   * @param item - the item that the texts are about
   * @throws as {@link run}
   */
  embedTexts?(item: Pick<Item, 'id'>, texts: readonly string[]): Promise<EmbeddedTexts>
}

/** Requests that an endpoint was given together. */
export interface Submission {
  /** Ours: written before anything is sent, and sent along. */
  readonly id: string
  /** The endpoint's; null until the endpoint has answered. */
  readonly externalId: string | null
  readonly begunAt: number
  readonly endedAt: number | null
  /** Unix milliseconds since when the endpoint does not answer about it; null: it did at the last look. */
  readonly unreachedSince: number | null
}

/** Requests that are ready to be sent. */
export interface PreparedSubmission {
  readonly id: string
  /**
   * Writes the intents, then sends.
   * @param lost - once aborted, nothing is sent and its reason is thrown
   * @param confirm - called right before the endpoint is given anything; throws where it must not be
   * @returns null: nothing is under way; its requests were refused, by the endpoint or by the budget.
   *   `externalId` null: perhaps the endpoint has it
   */
  send(
    lost: AbortSignal,
    confirm: () => Promise<void>,
  ): Promise<{ readonly externalId: string | null; readonly pollAt: number } | null>
}

/**
 * A model whose answers outlive an invocation: a batch, a job. `run` gives the output of items whose requests
 * have an answer or a final failure; {@link DeferredModel.prepare} gathers the others. An instance serves one
 * shard.
 */
export interface DeferredModel extends Model {
  /** Reads the calls of the shard's submissions so far. The first call. */
  recall(submissions: readonly Submission[]): Promise<void>
  /** null: no request is without an answer or a final failure. */
  prepare(requests: readonly ModelRequest[]): Promise<PreparedSubmission | null>
  /**
   * `pollAt`: Unix milliseconds of the next look. null: it has ended, or counts as lost: collect it.
   * @throws {SubmissionUnreached}
   */
  poll(submission: Submission): Promise<{ readonly externalId: string | null; readonly pollAt: number } | null>
  /**
   * Asks the machine to stop, since the rest is not needed. Repeatable.
   * @returns whether it has ended, and can be collected
   */
  stop(submission: Submission): Promise<boolean>
  /**
   * Keeps the answers of an ended submission, and settles all its calls. Repeatable.
   * @throws {SubmissionUnreached}
   */
  collect(submission: Submission, requests: readonly ModelRequest[]): Promise<void>
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

/** The answer of a request comes later: it is to be submitted with others. */
export class AnswerPending extends Error {
  override readonly name = 'AnswerPending'
}

/** The run has ended, so a model sends nothing more for it. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded'
}

/**
 * Milliseconds for which a consumer begins items of one shard. Then the shard is cut: others may have waited.
 */
export const CONSUMER_MS = 10_000

/** A request was not begun within {@link CONSUMER_MS}. Its item is asked about later. */
export class TimeOver extends Error {
  override readonly name = 'TimeOver'
}

/** A model answers nothing for a while. The shard is put back and continues later. */
export class ModelPaused extends Error {
  override readonly name: string = 'ModelPaused'
  /** Unix milliseconds. */
  readonly until: number

  constructor(reason: string, until: number) {
    super(reason)
    this.until = until
  }
}

/** The endpoint says nothing about a submission. The shard looks again later. */
export class SubmissionUnreached extends ModelPaused {
  override readonly name = 'SubmissionUnreached'
  /** Unix milliseconds. */
  readonly since: number

  constructor(reason: string, { until, since }: { readonly until: number; readonly since: number }) {
    super(reason, until)
    this.since = since
  }
}
