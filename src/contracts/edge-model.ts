/**
 * Port of models that run in the isolate. Requests use it to embed a picture or a text; runs use {@link
 * Model}.
 * @module
 */
import type { Model, ModelIdentityOf, TextEmbedding } from './model.ts'
import type { DualEncoderManifest } from './model-manifest.ts'
import type { PictureKind } from './picture-kind.ts'
import type { EnterTurn } from './turn.ts'
import type { TextWarning, Warning } from './warning.ts'

/**
 * Called after each stage with its name and its duration in milliseconds. Meaningful only on a developer's
 * machine: in production a Worker's clock stands still while it computes.
 */
export type OnStage = (stage: string, milliseconds: number) => void

/** A picture's header, after EXIF orientation. */
export interface ImageFacts {
  readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
  readonly orientedWidth: number
  readonly orientedHeight: number
  /** Frames of an animation, of which the first was embedded. Absent for a still picture. */
  readonly frames?: number
}

/** The kind of a picture, as the detector sees it. */
export interface PictureDomain {
  /** The most probable kind. */
  readonly kind: PictureKind
  /** Probability of that kind. */
  readonly probability: number
  /** By kind, each to four decimals. */
  readonly probabilities: Readonly<Record<PictureKind, number>>
  /** Digest of the detector: its statistics and parameters. */
  readonly detector: string
}

/** A picture between its bytes and a model's square. Sides are pixels, after EXIF orientation. */
export interface DecodedPicture {
  readonly width: number
  readonly height: number
  /** Sides as decoded: smaller for a picture that is decoded at reduced scale. */
  readonly decoded: { readonly width: number; readonly height: number }
  readonly domain: PictureDomain
  /** Frames of an animation, of which the first is read. Absent for a still picture. */
  readonly frames?: number | undefined
}

/** A text's embedding, and the reasons to trust it less. */
export interface ReadText extends TextEmbedding {
  readonly warnings: readonly TextWarning[]
}

export interface PictureEmbedding {
  readonly vector: Float32Array
  readonly header: ImageFacts
  readonly decoded: DecodedPicture['decoded']
  readonly domain: PictureDomain
  /** Whether the model was trained on pictures of that kind; true where its manifest does not say. */
  readonly inDomain: boolean
  readonly warnings: readonly Warning[]
  /** SHA-256 of the picture's bytes, in hex. */
  readonly sha256: string
  /** `bypass`: this deployment stores no vectors. */
  readonly cache: 'hit' | 'miss' | 'bypass'
}

/** A picture of which the kind is known, and its vector only if it was recalled. */
export interface PictureLook {
  readonly domain: PictureDomain
  /** Runs the model, unless the vector was recalled. */
  embed(): Promise<PictureEmbedding>
}

/** An image–text dual encoder in the isolate. As a {@link Model} its output kind is `embeddings`. */
export interface EdgeModel extends Model {
  readonly identity: ModelIdentityOf<'edge_model'>
  readonly manifest: DualEncoderManifest
  /** Unix milliseconds; only for a model added by a tenant. */
  readonly createdAt?: number
  /** Waits until this model may be loaded. Enter before `look` and leave after the last embedding. */
  readonly enter: EnterTurn
  /**
   * Decodes a picture, or recalls the vector of the same bytes under the same model, preprocessing and
   * runtime.
   * @param scope - a vector is recalled only within its scope, since response times reveal cache hits
   * @param undecided - whether `embed` may not be called
   * @throws {Fault} if the picture cannot be used
   */
  look(bytes: Uint8Array, scope: string, onStage?: OnStage, undecided?: boolean): Promise<PictureLook>
  /**
   * Embeds the manifest's prompt prefix followed by `text`. Emoji that the model does not know are read as
   * their English names, with a warning.
   * @throws {Fault} if the text is too long to tokenize, or the model gives no usable vector for it
   */
  embedText(text: string, onStage?: OnStage): Promise<ReadText>
}

/** The edge models of a tenant: the shipped ones, and its own. */
export interface EdgeModels {
  /** Shipped models first. */
  list(tenant: string): Promise<readonly EdgeModel[]>
  /** null if the tenant has no model with that id. */
  find(tenant: string, id: string): Promise<EdgeModel | null>
  /** The shipped models alone, among which the detector chooses. */
  shipped(tenant: string): Promise<readonly EdgeModel[]>
  /** Shipped models cannot be deleted. */
  isShipped(id: string): boolean
}

/** An in-memory cache bounded by bytes. */
export interface Memory<Value> {
  recall(name: string): Value | undefined
  keep(name: string, value: Value, bytes: number): void
}

/** The labels of a classifier as vectors. Read only. */
export interface LabelSet {
  /** One unit vector per label. */
  readonly embeddings: readonly Float64Array[]
  /** Truncated prompts per label. */
  readonly truncated: readonly number[]
  /** Tokens per label that stand for something outside the model's vocabulary. */
  readonly unknown: readonly number[]
  /** Warnings about the prompts, one of each code per label. */
  readonly warnings: readonly Warning[]
}
