/**
 * Port of models that run in the isolate. Requests use it to embed a picture or a text; runs use {@link
 * Model}.
 * @module
 */
import type { Model, ModelIdentityOf, TextEmbedding } from './model.ts'
import type { DualEncoderManifest } from './model-manifest.ts'

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

export interface PictureEmbedding {
  readonly vector: Float32Array
  readonly header: ImageFacts
  /** SHA-256 of the picture's bytes, in hex. */
  readonly sha256: string
  /** `bypass`: this deployment stores no vectors. */
  readonly cache: 'hit' | 'miss' | 'bypass'
}

/** An image–text dual encoder in the isolate. As a {@link Model} its output kind is `embeddings`. */
export interface EdgeModel extends Model {
  readonly identity: ModelIdentityOf<'edge_model'>
  readonly manifest: DualEncoderManifest
  /** Unix milliseconds; only for a model added by a tenant. */
  readonly createdAt?: number
  /**
   * Embeds a picture, or recalls the vector of the same bytes under the same model, preprocessing and
   * runtime.
   * @param scope - a vector is recalled only within its scope, since response times reveal cache hits
   * @throws {Fault} if the picture cannot be used
   */
  embedPicture(bytes: Uint8Array, scope: string, onStage?: OnStage): Promise<PictureEmbedding>
  /**
   * Embeds the manifest's prompt prefix followed by `text`.
   * @throws {Fault} if the text is too long to tokenize, or the model gives no usable vector for it
   */
  embedText(text: string, onStage?: OnStage): Promise<TextEmbedding>
}

/** The edge models of a tenant: the shipped ones, and its own. */
export interface EdgeModels {
  /** Shipped models first. */
  list(tenant: string): Promise<readonly EdgeModel[]>
  /** null if the tenant has no model with that id. */
  find(tenant: string, id: string): Promise<EdgeModel | null>
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
}
