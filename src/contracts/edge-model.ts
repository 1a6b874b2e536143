/**
 * Models that run in the isolate: the port by which a request embeds a picture or a text, besides the port by which a
 * run asks about items.
 * @module
 */
import type { Model, ModelIdentityOf, TextEmbedding } from './model.ts'
import type { ModelManifest } from './model-manifest.ts'

/**
 * Called after each stage with its name and its duration in milliseconds. Meaningful on a developer's machine only:
 * in production the clock of a Worker stands still while it computes.
 */
export type OnStage = (stage: string, milliseconds: number) => void

/** A picture's header, after EXIF orientation. */
export interface ImageFacts {
  readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp'
  readonly orientedWidth: number
  readonly orientedHeight: number
}

export interface PictureEmbedding {
  readonly vector: Float32Array
  readonly header: ImageFacts
  /** SHA-256 of the picture's bytes, in hex. */
  readonly sha256: string
  /** `bypass`: this deployment keeps no vectors. */
  readonly cache: 'hit' | 'miss' | 'bypass'
}

/** An image–text dual encoder in the isolate. As a {@link Model} it gives the output kind `embeddings`. */
export interface EdgeModel extends Model {
  readonly identity: ModelIdentityOf<'edge_model'>
  readonly manifest: ModelManifest
  /** Unix milliseconds; only of a model that a tenant added. */
  readonly createdAt?: number
  /**
   * Embeds a picture, or recalls the vector of the same bytes under the same model, preprocessing and runtime.
   * @param scope - a vector is recalled within its scope only, since the time of an answer tells whether it was
   * @throws {Fault} when the picture cannot be used
   */
  embedPicture(bytes: Uint8Array, scope: string, onStage?: OnStage): Promise<PictureEmbedding>
  /**
   * Embeds the manifest's prompt prefix followed by `text`.
   * @throws {Fault} when the text is too long to tokenize, or the model gives no usable vector for it
   */
  embedText(text: string, onStage?: OnStage): Promise<TextEmbedding>
}

/** The edge models of a tenant: those that ship with this deployment, and those that the tenant added. */
export interface EdgeModels {
  /** Shipped models first. */
  list(tenant: string): Promise<readonly EdgeModel[]>
  /** null when no model of the tenant has that id. */
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
