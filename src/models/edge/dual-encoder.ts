/**
 * A dual encoder at the edge: picture or text in, embedding out, one item per run of a session, as its
 * manifest says.
 * @module
 */
import { digestOf } from '../../contracts/digest.ts'
import type { DualEncoderManifest, TowerSpec } from '../../contracts/model-manifest.ts'
import type { ModelIdentity, TextEmbedding } from '../../contracts/model.ts'
import { release } from '../../contracts/release.ts'
import type { ImageHeader } from '../../media/image-header.ts'
import type { PixelSample } from '../../media/pixel-sample.ts'
import type { PreprocessedImage, Stage as ImageStage } from '../../media/preprocess.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { keptValue } from './memoize.ts'
import { RUNTIME } from './runtime-identity.ts'
import type { Tower } from './tower.ts'

export type EdgeModelIdentity = Extract<ModelIdentity, { type: 'edge_model' }>

/** Stages of one call. `decode` includes the wait for another request's picture. */
export type Stage = ImageStage | 'infer_image' | 'tokenize' | 'infer_text'

/**
 * Called after each stage. In production, clocks stand still while a Worker computes, so times are meaningful
 * only locally.
 */
export type OnStage = (stage: Stage, milliseconds: number) => void

/** A decoded picture, not embedded yet. */
export interface ImageLook {
  readonly header: ImageHeader
  /** Scale of the decode. */
  readonly scale: number
  readonly sample: PixelSample
  /** @returns a vector, `manifest.embedding.dimensions` long */
  embed(): Promise<Float32Array>
}

export interface DualEncoder {
  readonly manifest: DualEncoderManifest
  /** Unix milliseconds; only for a model added by a tenant. */
  readonly createdAt?: number
  /** Memory in this isolate while it is loaded. */
  readonly residentBytes: number
  /** Everything that can change a bit of an embedding. */
  identity(): Promise<EdgeModelIdentity>
  /**
   * Decodes a picture for this model. Requests that wait for the model to load hold no decoded pictures: it
   * is loaded before, or the picture is decoded once more afterwards.
   * @param undecided - whether `embed` may not be called: then the model is not loaded before
   * @param bytes a PNG, JPEG, WebP or GIF file within the limits of `media`
   * @throws {Fault} `bad_image`, `too_large` or `unsupported_media` for the picture; `embed` `unprocessable`
   *   if the model gives no usable vector for it. Any other error is infrastructure.
   */
  lookAt(bytes: Uint8Array, onStage?: OnStage, undecided?: boolean): Promise<ImageLook>
  /** {@link lookAt} and `embed`. */
  embedImage(bytes: Uint8Array, onStage?: OnStage): Promise<Omit<ImageLook, 'embed'> & { readonly vector: Float32Array }>
  /**
   * Embeds `manifest.prompt_prefix` and the text. An empty text is embedded like any other.
   * @throws {Fault} `too_large`; `unprocessable` if the model gives no usable vector for this text. Any other
   *   error is infrastructure.
   */
  embedText(text: string, onStage?: OnStage): Promise<TextEmbedding>
}

/** Turns pictures into tensors: the functions of `media` with this platform's decoders. */
export interface Preprocessing {
  readonly preprocess: (
    bytes: Uint8Array,
    spec: DualEncoderManifest['image'],
    mark?: (stage: ImageStage) => void,
  ) => Promise<PreprocessedImage>
  readonly preprocessingDigest: (spec: DualEncoderManifest['image']) => Promise<string>
}

/** Embeds a text by the text tower. */
export type EmbedText = (text: string, onStage?: OnStage) => Promise<TextEmbedding>

/** Prompt prefix, tokenizer, tower. */
export function textEmbedder(manifest: DualEncoderManifest, tokenizer: () => Promise<Tokenizer>, tower: Tower): EmbedText {
  return async (text, onStage) => {
    const { ids, tokens, truncated, unknownTokens } = await timed('tokenize', onStage, async () =>
      (await tokenizer()).encode(manifest.prompt_prefix + text),
    )
    const mask = BigInt64Array.from(ids, (_, place) => (place < tokens ? 1n : 0n))
    const vector = await timed('infer_text', onStage, () => tower.embed(BigInt64Array.from(ids, BigInt), [1, ids.length], mask))
    return { vector, tokens, truncated, unknownTokens }
  }
}

export interface Halves extends Preprocessing {
  readonly vision: Tower
  readonly texts: EmbedText
  readonly residentBytes: number
}

/** A model of two halves, wherever they run. */
export function assembleDualEncoder(manifest: DualEncoderManifest, halves: Halves): DualEncoder {
  const { vision, texts, preprocess, preprocessingDigest, residentBytes } = halves
  const { size } = manifest.image
  const unit = manifest.embedding.normalized ? (vector: Float32Array) => vector : unitVector

  async function lookAt(bytes: Uint8Array, onStage?: OnStage, undecided = false): Promise<ImageLook> {
    const decode = () => preprocess(bytes, manifest.image, onStage && stopwatch(onStage))
    if (!undecided) await vision.load()
    const { header, scale, sample, ...decoded } = await decode()
    let tensor: Float32Array | undefined = decoded.tensor
    return {
      header,
      scale,
      sample,
      async embed() {
        if (!vision.isLoaded()) {
          tensor = undefined
          await vision.load()
        }
        const square = tensor ?? (await decode()).tensor
        tensor = undefined
        const vector = await timed('infer_image', onStage, () => vision.embed(square, [1, 3, size, size]))
        release(square)
        return unit(vector)
      },
    }
  }

  return {
    manifest,
    residentBytes,
    identity: keptValue(async () => ({
      type: 'edge_model',
      model: manifest.id,
      version: manifest.version,
      model_digest: await modelDigest(manifest),
      preprocessing_digest: await preprocessingDigest(manifest.image),
      runtime: RUNTIME,
    })),

    lookAt,
    async embedImage(bytes, onStage) {
      const { embed, ...seen } = await lookAt(bytes, onStage)
      return { ...seen, vector: await embed() }
    },

    async embedText(text, onStage) {
      const embedding = await texts(text, onStage)
      return { ...embedding, vector: unit(embedding.vector) }
    },
  }
}

/** @param vector of a tower, not all zeros */
export function unitVector(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const norm = Math.sqrt(sum)
  return vector.map((value) => value / norm)
}

/**
 * Digest of the files and of all manifest members that affect the computation, except image preprocessing.
 */
function modelDigest(manifest: DualEncoderManifest): Promise<string> {
  const { vision, text, text_vectors: vectors, tokenizer, prompt_prefix, embedding } = manifest
  const towerOf = ({ sha256, input, output, prepack, external_data: beside }: TowerSpec) => ({
    sha256,
    input,
    output,
    prepack,
    external_data: beside?.map(({ path, sha256: digest }) => ({ path, sha256: digest })),
  })
  return digestOf({
    vision: towerOf(vision),
    text: { ...towerOf(text), attention_mask: text.attention_mask },
    text_vectors: vectors?.sha256,
    tokenizer: {
      sha256: tokenizer.sha256,
      max_length: tokenizer.max_length,
      lowercase: tokenizer.lowercase,
      padding: tokenizer.padding,
      pad_id: tokenizer.pad_id,
    },
    prompt_prefix,
    normalized: embedding.normalized ? undefined : false,
  })
}

/** Reports to `onStage` the time since the previous mark. */
function stopwatch(onStage: OnStage): (stage: ImageStage) => void {
  let last = performance.now()
  return (stage) => {
    const now = performance.now()
    onStage(stage, now - last)
    last = now
  }
}

async function timed<T>(stage: Stage, onStage: OnStage | undefined, action: () => Promise<T>): Promise<T> {
  if (!onStage) return action()
  const started = performance.now()
  const result = await action()
  onStage(stage, performance.now() - started)
  return result
}
