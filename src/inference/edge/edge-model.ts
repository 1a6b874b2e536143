/**
 * A dual encoder at the edge: picture or text in, embedding out, one item a run, by what the manifest says and nothing else.
 * @module
 */
import { digestOf } from '../../contracts/digest.ts'
import type { ModelManifest } from '../../contracts/model-manifest.ts'
import type { SubjectIdentity, TextEmbedding } from '../../contracts/predictor.ts'
import type { ImageHeader } from '../../media/image-header.ts'
import type { PreprocessedImage, Stage as ImageStage } from '../../media/preprocess.ts'
import { createTokenizer } from '../../text/tokenizer.ts'
import { keptValue, sharedPromise } from './memoised.ts'
import { type ModelFiles, readManifest, verifyFiles } from './model-files.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { RUNTIME } from './runtime-identity.ts'
import { createTower } from './tower.ts'

export type EdgeModelIdentity = Extract<SubjectIdentity, { type: 'edge_model' }>

/** Where the time of one call goes. `decode` includes the wait for another request's picture. */
export type Stage = ImageStage | 'infer_image' | 'tokenize' | 'infer_text'

/** Told after each stage. In production clocks stand still while a Worker computes, so the times mean something locally only. */
export type OnStage = (stage: Stage, milliseconds: number) => void

export interface ImageEmbedding {
  /** `manifest.embedding.dimensions` long. */
  readonly vector: Float32Array
  readonly header: ImageHeader
}

export interface EdgeModel {
  readonly manifest: ModelManifest
  /** Everything that can change a bit of an embedding. */
  identity(): Promise<EdgeModelIdentity>
  /**
   * @param bytes a PNG, JPEG or WebP file within `media`'s limits
   * @throws {Fault} `bad_image`, `too_large`, `unsupported_media`: the picture's fault. Anything else is ours.
   */
  embedImage(bytes: Uint8Array, onStage?: OnStage): Promise<ImageEmbedding>
  /**
   * Embeds `manifest.prompt_prefix` and the text. An empty text is embedded like any other.
   * @throws {Fault} `too_large`. Anything else is ours.
   */
  embedText(text: string, onStage?: OnStage): Promise<TextEmbedding>
}

export interface EdgeModelParts {
  readonly files: ModelFiles
  readonly runtime: OnnxRuntime
  readonly preprocess: (
    bytes: Uint8Array,
    spec: ModelManifest['image'],
    mark?: (stage: ImageStage) => void,
  ) => Promise<PreprocessedImage>
  readonly preprocessingDigest: (spec: ModelManifest['image']) => Promise<string>
}

/** Loads nothing yet: the first embedding verifies the files, creates its tower's session and, for texts, the tokenizer. */
export function createEdgeModel({ files, runtime, preprocess, preprocessingDigest }: EdgeModelParts): EdgeModel {
  const manifest = readManifest(files)
  const { dimensions } = manifest.embedding
  const { size } = manifest.image
  const verified = keptValue(() => verifyFiles(manifest, files))
  const vision = createTower(runtime, files.vision, manifest.vision, dimensions)
  const text = createTower(runtime, files.text, manifest.text, dimensions)
  const tokenizer = sharedPromise(async () =>
    createTokenizer(JSON.parse(new TextDecoder().decode(files.tokenizer)), { maxLength: manifest.tokenizer.max_length }),
  )

  return {
    manifest,
    identity: keptValue(async () => ({
      type: 'edge_model',
      model: manifest.id,
      version: manifest.version,
      model_digest: await modelDigest(manifest),
      preprocessing_digest: await preprocessingDigest(manifest.image),
      runtime: RUNTIME,
    })),

    async embedImage(bytes, onStage) {
      await verified()
      const { header, tensor } = await preprocess(bytes, manifest.image, onStage && stopwatch(onStage))
      const vector = await timed('infer_image', onStage, () => vision.embed(tensor, [1, 3, size, size]))
      return { vector, header }
    },

    async embedText(caption, onStage) {
      await verified()
      const { ids, tokens, truncated } = await timed('tokenize', onStage, async () =>
        (await tokenizer()).encode(manifest.prompt_prefix + caption),
      )
      const input = BigInt64Array.from(ids, BigInt)
      const vector = await timed('infer_text', onStage, () => text.embed(input, [1, tokens]))
      return { vector, tokens, truncated }
    },
  }
}

/** The digests of the files, and what else of the manifest reaches the computation beside the image preprocessing. */
function modelDigest({ vision, text, tokenizer, prompt_prefix }: ModelManifest): Promise<string> {
  return digestOf({
    vision: { sha256: vision.sha256, input: vision.input, output: vision.output, prepack: vision.prepack },
    text: { sha256: text.sha256, input: text.input, output: text.output, prepack: text.prepack },
    tokenizer: { sha256: tokenizer.sha256, max_length: tokenizer.max_length },
    prompt_prefix,
  })
}

/** Gives each mark the time since the one before. */
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
