/**
 * An image–text dual encoder as the HTTP surface knows it; `inference/edge` implements it.
 * @module
 */
import type { ModelManifest } from './model-manifest.ts'
import type { ModelIdentity, TextEmbedding } from './model.ts'

export type EncoderIdentity = Extract<ModelIdentity, { type: 'edge_model' }>

/** Told after each stage: its name and milliseconds. Means something locally only: production clocks stand still during CPU work. */
export type OnStage = (stage: string, milliseconds: number) => void

export interface Encoder {
  readonly manifest: ModelManifest
  /** Unix milliseconds, of a model that a tenant added. */
  readonly createdAt?: number
  identity(): Promise<EncoderIdentity>
  /** @throws {Fault} when the picture cannot be used. */
  embedImage(bytes: Uint8Array, onStage?: OnStage): Promise<{ readonly vector: Float32Array; readonly header: ImageFacts }>
  /** @throws {Fault} when the text is too long to tokenise. */
  embedText(text: string, onStage?: OnStage): Promise<TextEmbedding>
}

/** What a picture's header says, after EXIF orientation. */
export interface ImageFacts {
  readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp'
  readonly orientedWidth: number
  readonly orientedHeight: number
}

/**
 * Embeds a picture, or recalls the vector of the same bytes under the same model, preprocessing and runtime.
 * @param scope - who may learn by an answer's time that the picture was embedded before: nobody sees another scope's
 * @throws {Fault} when the picture cannot be used
 */
export type EmbedPicture = (
  encoder: Encoder,
  scope: string,
  bytes: Uint8Array,
  onStage?: OnStage,
) => Promise<{
  readonly vector: Float32Array
  readonly header: ImageFacts
  readonly sha256: string
  /** `bypass`: this deployment remembers nothing. */
  readonly cache: 'hit' | 'miss' | 'bypass'
}>

/** What an isolate remembers while it can: by name, of a size in bytes. */
export interface Memory<Value> {
  recall(name: string): Value | undefined
  keep(name: string, value: Value, bytes: number): void
}

/** A classifier: its labels as vectors. Read only. */
export interface LabelSet {
  /** Unit vectors, one a label. */
  readonly embeddings: readonly Float64Array[]
  /** How many of each label's prompts were cut. */
  readonly truncated: readonly number[]
  /** Tokens of each label's prompts that stand for what the model's vocabulary does not have. */
  readonly unknown: readonly number[]
}

/** The models that a tenant may use at the edge: those that ship with this deployment, and those that it added. */
export interface Encoders {
  /** The shipped ones first. */
  list(tenant: string): Promise<readonly Encoder[]>
  /** null when no model has that id, or only another tenant's. */
  find(tenant: string, id: string): Promise<Encoder | null>
  /** Shipped models cannot be deleted. */
  isShipped(id: string): boolean
}
