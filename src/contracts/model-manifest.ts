/**
 * `models/<id>/manifest.json`: everything the runtime must know about a model, and nothing it has to guess.
 * @module
 */
import { z } from 'zod'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

const tower = z.object({
  file: z.string(),
  sha256: sha256Hex,
  bytes: z.int().positive(),
  input: z.string(),
  output: z.string(),
  quantization: z.string(),
  /** ONNX Runtime's weight prepacking: faster, and costs about the weights once more in wasm memory. */
  prepack: z.boolean(),
})

export const imagePreprocessing = z.object({
  /** Side of the square input, in pixels. */
  size: z.int().positive(),
  /** `contain`: pad to a square with `pad_color`; `stretch`: ignore the aspect; `cover`: shortest edge then centre crop. */
  fit: z.enum(['contain', 'stretch', 'cover']),
  pad_color: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]),
  /** Pillow's antialiased resampling filter of that name. */
  filter: z.enum(['bicubic', 'bilinear']),
  /** Per RGB channel, on values scaled to [0, 1]. */
  mean: z.tuple([z.number(), z.number(), z.number()]),
  std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  alpha: z.literal('white'),
  exif_orientation: z.boolean(),
})

export const modelManifest = z.object({
  schema: z.literal('assay.model/1'),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  version: z.string(),
  task: z.literal('image_text_embedding'),
  embedding: z.object({ dimensions: z.int().positive(), normalized: z.boolean(), logit_scale: z.number().positive() }),
  vision: tower,
  text: tower,
  image: imagePreprocessing,
  tokenizer: z.object({ file: z.string(), sha256: sha256Hex, max_length: z.int().positive() }),
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
export type ImagePreprocessing = z.infer<typeof imagePreprocessing>
