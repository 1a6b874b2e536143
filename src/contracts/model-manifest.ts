/**
 * `models/<id>/manifest.json`: everything that the runtime needs to know about a model. Nothing is guessed.
 * @module
 */
import { z } from 'zod'
import { modelDomain, type TrainedKind } from './picture-kind.ts'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

export const storedFile = z.object({ file: z.string(), sha256: sha256Hex, bytes: z.int().positive() })

export const tower = storedFile.extend({
  input: z.string(),
  output: z.string(),
  quantization: z.string(),
  /**
   * ONNX Runtime's weight prepacking: faster, but takes about the size of the weights again in wasm memory.
   */
  prepack: z.boolean(),
  /**
   * Weights beside the graph, under their names (`path`) in the graph. They are copied to wasm memory once
   * instead of twice.
   */
  external_data: z.array(storedFile.extend({ path: z.string() })).optional(),
  /**
   * Growth of ONNX Runtime's memory when this tower was first loaded and run, measured when the model was
   * added.
   */
  resident_bytes: z.int().nonnegative().optional(),
})

/** A text tower. */
export const textTower = tower.extend({
  /** The input that marks tokens as padding or not, if the graph has one. */
  attention_mask: z.string().optional(),
})

export const imagePreprocessing = z
  .object({
    /** Side of the square input, in pixels; the crop size if `fit` crops. */
    size: z.int().positive(),
    /**
     * - `contain`: pads to a square with `pad_color`, then resizes.
     * - `stretch`: both edges become `size`, ignoring the aspect ratio (SigLIP: `size: {height, width}`).
     * - `cover`: the shorter edge becomes `shortest_edge`, then `size` pixels are cropped from the centre. A
     *   side shorter than the crop is padded with `pad_color` (CLIP: `size: {shortest_edge}`, `crop_size`;
     *   its padding is black).
     * - `bounded`: the aspect ratio stays, nothing is padded or cropped. The shorter edge becomes `size`,
     *   unless the longer would pass `longest_edge`.
     */
    fit: z.enum(['contain', 'stretch', 'cover', 'bounded']),
    /** With `bounded` only, and required there. */
    longest_edge: z.int().positive().optional(),
    /** With `cover` only. Default: `size`. */
    shortest_edge: z.int().positive().optional(),
    pad_color: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]),
    /** Pillow's antialiased resampling filter of that name (`resample` 3 and 2). */
    filter: z.enum(['bicubic', 'bilinear']),
    /**
     * Factor of 8-bit values before mean and std, for Hugging Face's processors, whose float32 rounding after
     * each step is then reproduced bit for bit. Absent: division by 255, rounded once.
     */
    rescale_factor: z.number().positive().optional(),
    /** Per RGB channel, on rescaled values. Without normalization: 0 and 1. */
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
    /**
     * `white`: composited on white. `drop`: the colours as stored, like `do_convert_rgb` (Pillow's
     * `convert('RGB')`).
     */
    alpha: z.enum(['white', 'drop']),
    exif_orientation: z.boolean(),
  })
  .refine((image) => image.shortest_edge === undefined || image.fit === 'cover', {
    error: "only fit 'cover' has a shortest edge",
    path: ['shortest_edge'],
  })
  .refine((image) => (image.longest_edge !== undefined) === (image.fit === 'bounded'), {
    error: "fit 'bounded' needs a longest edge, and no other fit has one",
    path: ['longest_edge'],
  })

export const tokenizerFile = z
  .object({
    /** A `tokenizer.json` as Hugging Face's `tokenizers` write it. */
    file: z.string(),
    sha256: sha256Hex,
    bytes: z.int().positive().optional(),
    /** The file's `model.type`, checked if given. */
    type: z.enum(['WordPiece', 'BPE', 'Unigram']).optional(),
    /** Most tokens, including special ones. A longer text is truncated at the end. */
    max_length: z.int().positive(),
    /**
     * Whether texts are lower-cased first, for a model that needs it and a file that does not do it (SigLIP
     * 2).
     */
    lowercase: z.boolean().optional(),
    /**
     * `max_length`: shorter texts are padded on the right with `pad_id` (SigLIP). Absent: `none`, no padding.
     */
    padding: z.enum(['none', 'max_length']).optional(),
    /** Required with `padding: max_length`, otherwise not allowed. */
    pad_id: z.int().nonnegative().optional(),
  })
  .refine((tokenizer) => (tokenizer.padding === 'max_length') === (tokenizer.pad_id !== undefined), {
    error: "padding 'max_length' needs a pad_id, and nothing else has one",
    path: ['pad_id'],
  })

/**
 * Temperature that calibrates a softmax over candidates (Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017): the one with the least negative log-likelihood on held-out pictures.
 */
export const calibration = z.object({
  /** P(label) = softmax over the labels of cosine / temperature. Replaces 1 / `embedding.logit_scale`. */
  temperature: z.number().positive(),
  method: z.literal('temperature-scaling'),
  /** Split that it was fitted on; never one with published numbers. */
  split: z.string().min(1),
  /** Number of pictures in that split. */
  n: z.int().positive(),
  /** Number of candidate labels per picture. Calibration does not carry over to other numbers. */
  labels: z.int().min(2),
  /** Expected calibration error at 1 / `embedding.logit_scale`, and at `temperature`. */
  ece_before: z.number().min(0).max(1),
  ece_after: z.number().min(0).max(1),
  /** Number of equal-width bins of both. */
  bins: z.int().positive(),
})

/**
 * The manifest of an image–text dual encoder: two towers into one space. With a second kind this becomes a
 * union, discriminated by `kind`.
 */
export const modelManifest = z.object({
  schema: z.literal('assay.model/1'),
  /** Absent from manifests older than the kinds, all of which are dual encoders. */
  kind: z.literal('dual_encoder').optional(),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  version: z.string(),
  /** Release date of this version, `YYYY-MM-DD`. */
  released: z.iso.date().optional(),
  task: z.literal('image_text_embedding'),
  /** A phrase alone, as older manifests have it, says no kinds of pictures. */
  domain: z.union([modelDomain, z.string().min(1).max(200)]).optional(),
  /** `normalized`: the graphs give unit vectors. Otherwise vectors are normalised afterwards. */
  embedding: z.object({ dimensions: z.int().positive(), normalized: z.boolean(), logit_scale: z.number().positive() }),
  /**
   * Absent if none was fitted. Probabilities are then a softmax at the learned scale, reported as
   * uncalibrated.
   */
  calibration: calibration.optional(),
  /**
   * From cosine to probability. `softmax` (CLIP): over the candidates, of `logit_scale` times cosine.
   * `sigmoid` (SigLIP): of `logit_scale` times cosine plus `logit_bias`, each text by itself.
   */
  scoring: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('softmax') }),
      z.object({ kind: z.literal('sigmoid'), logit_bias: z.number() }),
    ])
    .default({ kind: 'softmax' }),
  vision: tower,
  text: textTower,
  /**
   * Precomputed embeddings of chosen texts (`contracts/text-vectors.ts`), instead of a text tower and
   * tokenizer too large for an isolate. Other texts have none. `text` and `tokenizer` then describe how they
   * were made, and are not stored.
   */
  text_vectors: storedFile.extend({ texts: z.int().positive() }).optional(),
  /**
   * `worker`: that tower runs in a separate Worker, behind a service binding. Absent: both run in the
   * answering isolate.
   */
  placement: z.object({ vision: z.enum(['isolate', 'worker']), text: z.enum(['isolate', 'worker']) }).optional(),
  image: imagePreprocessing,
  tokenizer: tokenizerFile,
  prompt_prefix: z.string(),
  languages: z.array(z.string()),
  licence: z.string(),
  training_data: z.array(
    z.object({ package: z.string(), version: z.string(), licence: z.string(), drawings: z.int().nonnegative() }),
  ),
  quality: z.array(
    z.object({
      split: z.string(),
      direction: z.enum(['text_to_image', 'image_to_text']),
      gallery: z.int().positive(),
      precision: z.string(),
      metric: z.string(),
      value: z.number(),
      low: z.number(),
      high: z.number(),
      interval: z.string(),
      chance: z.number(),
    }),
  ),
})

export type DualEncoderManifest = z.infer<typeof modelManifest>
/** A manifest of any kind. */
export type ModelManifest = DualEncoderManifest
export type TowerSpec = z.infer<typeof tower>
export type TextTowerSpec = z.infer<typeof textTower>
export type StoredFile = z.infer<typeof storedFile>
export type ImagePreprocessing = z.infer<typeof imagePreprocessing>
export type TokenizerFile = z.infer<typeof tokenizerFile>

/** Kinds of pictures that a model was trained on; null where its manifest states none. */
export function trainedKindsOf({ domain }: Pick<ModelManifest, 'domain'>): readonly TrainedKind[] | null {
  return typeof domain === 'object' ? domain.pictures : null
}

/** The files that a model needs where it is served, without those that only produced its text vectors. */
export function storedFilesOf(manifest: ModelManifest): readonly { file: string; sha256: string; bytes?: number | undefined }[] {
  const { vision, text, text_vectors: vectors, tokenizer } = manifest
  const withData = (tower: TowerSpec) => [tower, ...(tower.external_data ?? [])]
  return [...withData(vision), ...(vectors === undefined ? [...withData(text), tokenizer] : [vectors])]
}
