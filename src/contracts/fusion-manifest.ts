/**
 * The manifest of a fusion model: a detector of things, a namer of drawn things, and a transformer over
 * things and words that answers questions and judges statements.
 * @module
 */
import { z } from 'zod'
import { imagePreprocessing, storedFile, tokenizerFile } from './model-manifest.ts'
import { modelDomain } from './picture-kind.ts'

const graph = storedFile.extend({
  quantization: z.string(),
  prepack: z.boolean(),
  /** Growth of ONNX Runtime's memory when the graph was first loaded and run. */
  resident_bytes: z.int().positive(),
})

/** Kinds of texts that a fusion model may take. */
const FUSION_SKILLS = ['question', 'statement'] as const

const measured = z.object({
  split: z.string(),
  metric: z.string(),
  n: z.int().positive(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  interval: z.string(),
  /** The best rule that does not look at the picture. */
  baseline: z.number(),
  precision: z.string(),
})

export const fusionManifest = z.object({
  schema: z.literal('assay.model/1'),
  kind: z.literal('fusion'),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  version: z.string(),
  released: z.iso.date(),
  task: z.literal('visual_question_answering'),
  domain: modelDomain,
  /** `pixel_values` [1, 3, h, w] to `cells` [1, channels, h / stride, w / stride]. */
  detector: graph.extend({
    /** Pixels per cell; the picture is padded with 0 on the right and at the bottom to a multiple. */
    stride: z.int().positive(),
    /** P(a thing's centre) from which a cell holds a thing. */
    sure: z.number().min(0).max(1),
    /** Intersection over union above which the less sure of two things is dropped. */
    overlap: z.number().min(0).max(1),
    /** Most things of a picture. */
    most: z.int().positive(),
    /** Names of the forms; the last stands for drawings of any kind. */
    forms: z.array(z.string()).min(2),
    /** Names of the colours; the last stands for none. */
    colours: z.array(z.string()).min(2),
  }),
  /** `picture` [1, 3, h, w] and `boxes` [k, 4] to `names` [k, kinds]. */
  namer: graph.extend({
    kinds: z.array(z.string()).min(2),
    /** P(drawing) from which a thing is named. */
    from: z.number().min(0).max(1),
    /** Share of a box's sides that is added on each side. */
    margin: z.number().min(0),
  }),
  /** `things` [1, n, width] and `ids` [1, l] to `answer` [1, answers], `truth` [1, 1] and `match` [1, 1]. */
  fusion: graph,
  image: imagePreprocessing,
  tokenizer: tokenizerFile,
  answers: z.array(z.string()).min(2),
  skills: z.array(z.enum(FUSION_SKILLS)).min(1),
  languages: z.array(z.string()),
  licence: z.string(),
  training_data: z.array(z.object({ package: z.string(), version: z.string(), licence: z.string() })),
  quality: z.array(measured),
})

export type FusionManifest = z.infer<typeof fusionManifest>
export type FusionGraph = z.infer<typeof graph>
