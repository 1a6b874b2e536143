/**
 * `models/<id>/manifest.json`: everything the runtime must know about a model, and nothing it has to guess.
 * @module
 */
import { z } from 'zod'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

const storedFile = z.object({ file: z.string(), sha256: sha256Hex, bytes: z.int().positive() })

const tower = storedFile.extend({
  input: z.string(),
  output: z.string(),
  quantization: z.string(),
  /** ONNX Runtime's weight prepacking: faster, and costs about the weights once more in wasm memory. */
  prepack: z.boolean(),
  /** Weights beside the graph, under the names (`path`) that the graph calls them by: they are copied to wasm memory once, not twice. */
  external_data: z.array(storedFile.extend({ path: z.string() })).optional(),
  /** What ONNX Runtime's memory grew by when this tower was loaded and run for the first time, as measured when the model was added. */
  resident_bytes: z.int().nonnegative().optional(),
})

/** A text tower. */
export const textTower = tower.extend({
  /** The input that says which tokens are padding, where the graph has one. */
  attention_mask: z.string().optional(),
})

export const imagePreprocessing = z
  .object({
    /** Side of the square input, in pixels: the crop size where `fit` crops. */
    size: z.int().positive(),
    /**
     * - `contain`: pad to a square with `pad_color`, then resize.
     * - `stretch`: both edges become `size`, ignoring the aspect (SigLIP: `size: {height, width}`).
     * - `cover`: the shorter edge becomes `shortest_edge`, then `size` pixels are cropped from the centre; what is smaller than the
     *   crop lies on `pad_color` (CLIP: `size: {shortest_edge}`, `crop_size`; its padding is black).
     */
    fit: z.enum(['contain', 'stretch', 'cover']),
    /** With `cover` only; absent: `size`. */
    shortest_edge: z.int().positive().optional(),
    pad_color: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]),
    /** Pillow's antialiased resampling filter of that name (`resample` 3 and 2). */
    filter: z.enum(['bicubic', 'bilinear']),
    /**
     * What 8-bit values are multiplied by before mean and std; present in a model of Hugging Face's processors, whose float32
     * rounding after each step is then followed bit for bit. Absent: divided by 255, rounded once.
     */
    rescale_factor: z.number().positive().optional(),
    /** Per RGB channel, on rescaled values. Without normalization: 0 and 1. */
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
    /** `white`: composited on white. `drop`: the colours as stored, as `do_convert_rgb` (Pillow's `convert('RGB')`) has them. */
    alpha: z.enum(['white', 'drop']),
    exif_orientation: z.boolean(),
  })
  .refine((image) => image.shortest_edge === undefined || image.fit === 'cover', {
    error: "only fit 'cover' has a shortest edge",
    path: ['shortest_edge'],
  })

export const tokenizerFile = z
  .object({
    /** A `tokenizer.json` as Hugging Face's `tokenizers` write it. */
    file: z.string(),
    sha256: sha256Hex,
    bytes: z.int().positive().optional(),
    /** The file's `model.type`; checked against it where given. */
    type: z.enum(['WordPiece', 'BPE', 'Unigram']).optional(),
    /** Tokens the model takes, specials included; a longer text loses its end. */
    max_length: z.int().positive(),
    /** Texts are lower-cased first, where the file does not do it and the model wants it (SigLIP 2). */
    lowercase: z.boolean().optional(),
    /** `max_length`: shorter texts are filled up on the right with `pad_id` (SigLIP). Absent: `none`, the text as long as it is. */
    padding: z.enum(['none', 'max_length']).optional(),
    /** With `padding: max_length` only, and needed there. */
    pad_id: z.int().nonnegative().optional(),
  })
  .refine((tokenizer) => (tokenizer.padding === 'max_length') === (tokenizer.pad_id !== undefined), {
    error: "padding 'max_length' needs a pad_id, and nothing else has one",
    path: ['pad_id'],
  })

/**
 * What makes a softmax over candidates mean something (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): the temperature
 * with the least negative log-likelihood on held-out pictures.
 */
export const calibration = z.object({
  /** P(label) = softmax over the labels of cosine / temperature. Takes the place of 1 / `embedding.logit_scale`. */
  temperature: z.number().positive(),
  method: z.literal('temperature-scaling'),
  /** Where it was fitted; never a split whose numbers are published. */
  split: z.string().min(1),
  /** Pictures of that split. */
  n: z.int().positive(),
  /** Candidate labels a picture had: calibration does not carry over to any number of them. */
  labels: z.int().min(2),
  /** Expected calibration error at 1 / `embedding.logit_scale`, and at `temperature`. */
  ece_before: z.number().min(0).max(1),
  ece_after: z.number().min(0).max(1),
  /** Equal-width bins of both. */
  bins: z.int().positive(),
})

export const modelManifest = z.object({
  schema: z.literal('assay.model/1'),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  version: z.string(),
  /** Day on which this version was made, `YYYY-MM-DD`. */
  released: z.iso.date().optional(),
  task: z.literal('image_text_embedding'),
  /** `normalized`: the graphs give unit vectors; else they are brought to unit length after. */
  embedding: z.object({ dimensions: z.int().positive(), normalized: z.boolean(), logit_scale: z.number().positive() }),
  /** Absent where nobody has fitted one: probabilities are then softmax at the learned scale, and called uncalibrated. */
  calibration: calibration.optional(),
  /**
   * From cosine to probability. `softmax` (CLIP): over the candidates, of `logit_scale` times cosine. `sigmoid` (SigLIP): of `logit_scale`
   * times cosine plus `logit_bias`, each text by itself.
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
   * In the place of a text tower and tokenizer too large for an isolate: embeddings of chosen texts that they made beforehand
   * (`contracts/text-vectors.ts`). Other texts have none. `text` and `tokenizer` then say what made them, and are not stored.
   */
  text_vectors: storedFile.extend({ texts: z.int().positive() }).optional(),
  /** `worker`: that tower runs in a Worker of its own, behind a service binding. Absent: both in the isolate that answers. */
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

export type ModelManifest = z.infer<typeof modelManifest>
export type TowerSpec = z.infer<typeof tower>
export type TextTowerSpec = z.infer<typeof textTower>
export type StoredFile = z.infer<typeof storedFile>
export type ImagePreprocessing = z.infer<typeof imagePreprocessing>
export type TokenizerFile = z.infer<typeof tokenizerFile>

/** The files that a model needs where it is served: none that only says where its text vectors came from. */
export function storedFilesOf(manifest: ModelManifest): readonly { file: string; sha256: string; bytes?: number | undefined }[] {
  const { vision, text, text_vectors: vectors, tokenizer } = manifest
  const withData = (tower: TowerSpec) => [tower, ...(tower.external_data ?? [])]
  return [...withData(vision), ...(vectors === undefined ? [...withData(text), tokenizer] : [vectors])]
}
