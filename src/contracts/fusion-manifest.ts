/**
 * Manifests of the models that answer. Each has a detector of things and a namer of drawn things. A fusion
 * model has a transformer over things and words, which answers questions and judges statements; a captioner
 * has a decoder that says what is in a picture, token after token.
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

const perceiving = z.object({
  schema: z.literal('assay.model/1'),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  version: z.string(),
  released: z.iso.date(),
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
  image: imagePreprocessing,
  tokenizer: tokenizerFile,
  languages: z.array(z.string()),
  licence: z.string(),
  training_data: z.array(z.object({ package: z.string(), version: z.string(), licence: z.string() })),
  quality: z.array(measured),
})

export const fusionManifest = perceiving.extend({
  kind: z.literal('fusion'),
  task: z.literal('visual_question_answering'),
  /**
   * `things` [1, n, width] and `ids` [1, l] to `answer` [1, answers], `truth` [1, 1] and `match` [1, 1]. With
   * `attention` also to `attention` [1, layers, l + n, l + n], a mean over heads.
   */
  fusion: graph.extend({ attention: z.boolean().optional() }),
  answers: z.array(z.string()).min(2),
  skills: z.array(z.enum(FUSION_SKILLS)).min(1),
})

export const captionerManifest = perceiving.extend({
  kind: z.literal('captioner'),
  task: z.literal('image_captioning'),
  /**
   * `things` [1, n, width] to `memory` [layers, 2, 1, heads, n, d], the keys and values that every step
   * reads, `looked` [1, n, w] and `names` [1, n, 2, vocabulary].
   */
  encoder: graph,
  /**
   * One token of each of k beams: `ids` [k, 1], `position` [1], `past` [layers, 2, k, heads, t, d] and the
   * encoder's outputs to `logits` [k, 1, vocabulary] and `present` [layers, 2, k, heads, t + 1, d].
   */
  step: graph.extend({
    layers: z.int().positive(),
    heads: z.int().positive(),
    /** Numbers of a key, and of a value, of one head. */
    depth: z.int().positive(),
    /** Ids of the tokens before a caption and after it. */
    begin: z.int().nonnegative(),
    end: z.int().nonnegative(),
    /** Most tokens of a caption, the last one included. */
    longest: z.int().positive(),
    beams: z.int().min(1).max(16),
    /** Captions are compared by log-probability over this power of their number of tokens. */
    length_power: z.number().min(0).max(1),
  }),
  skills: z.tuple([z.literal('caption')]),
})

/** Any model that answers. */
export const answeringManifest = z.discriminatedUnion('kind', [fusionManifest, captionerManifest])

export type FusionManifest = z.infer<typeof fusionManifest>
export type CaptionerManifest = z.infer<typeof captionerManifest>
export type AnsweringManifest = z.infer<typeof answeringManifest>
export type AnsweringSkill = AnsweringManifest['skills'][number]
export type FusionGraph = z.infer<typeof graph>
