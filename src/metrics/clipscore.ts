/**
 * CLIPScore and RefCLIPScore from embeddings.
 *
 * Hessel et al., "CLIPScore: A Reference-free Evaluation Metric for Image Captioning", EMNLP 2021;
 * jmhessel/clipscore @1036465. The numbers depend on the CLIP weights, the prompt ("A photo depicts ") and
 * the image preprocessing, which a report names beside the variant.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'
import { mean } from './averages.ts'
import { cosine, type Vector } from './vectors.ts'

/**
 * `clipscore-2.5`: 2.5·max(cos, 0) per pair, the official definition. `torchmetrics-100`: 100·cos per pair,
 * with the corpus value clipped at 0 *after* the mean. `cosine`: unchanged.
 */
export type ClipScoreVariant = 'clipscore-2.5' | 'torchmetrics-100' | 'cosine'

export const clipScoreMetric: MetricDescriptor = {
  name: 'CLIPScore',
  variants: ['clipscore-2.5', 'torchmetrics-100', 'cosine'],
  direction: 'higher_is_better',
  range: [0, 2.5],
  unit: 'score',
  source: {
    paper: 'Hessel et al., EMNLP 2021',
    code: 'jmhessel/clipscore @1036465 clipscore.py; Lightning-AI/torchmetrics CLIPScore',
  },
}

/** Range of a pair's score by variant. */
export const clipScoreRange: Readonly<Record<ClipScoreVariant, readonly [low: number, high: number]>> = {
  'clipscore-2.5': [0, 2.5],
  'torchmetrics-100': [-100, 100],
  cosine: [-1, 1],
}

/** One pair's score from its cosine. */
export function clipScoreOf(cosineValue: number, variant: ClipScoreVariant): number {
  switch (variant) {
    case 'clipscore-2.5':
      return 2.5 * Math.max(cosineValue, 0)
    case 'torchmetrics-100':
      return 100 * cosineValue
    case 'cosine':
      return cosineValue
  }
}

/**
 * The corpus value of pair scores, in their order: the mean, clipped at 0 for `torchmetrics-100`. NaN without
 * pairs.
 */
export function clipScoreMean(scores: ArrayLike<number>, variant: ClipScoreVariant): number {
  const average = mean(scores)
  return variant === 'torchmetrics-100' ? Math.max(average, 0) : average
}

/** 2.5·max(cos(image, caption), 0), in [0, 2.5]. NaN if either vector is zero. */
export function clipScore(image: Vector, caption: Vector): number {
  return clipScoreOf(cosine(image, caption), 'clipscore-2.5')
}

/**
 * The harmonic mean of CLIPScore and the best cosine to a reference.
 *
 * The published definition neither scales nor clips the best cosine, so a negative one gives values far
 * outside [0, 1].
 * @throws {RangeError} without references.
 */
export function refClipScore(image: Vector, caption: Vector, references: readonly Vector[]): number {
  return harmonicMean(clipScore(image, caption), bestReferenceCosine(caption, references))
}

/** The largest cosine of the caption and a reference. */
export function bestReferenceCosine(caption: Vector, references: readonly Vector[]): number {
  if (references.length === 0) throw new RangeError('RefCLIPScore needs at least one reference')
  return Math.max(...references.map((reference) => cosine(caption, reference)))
}

/**
 * The harmonic mean; 0 for two zeros. The official code gives 0 or 0/0 there, as orthogonal vectors round to
 * 1e-17 or to 0, and NaN would spoil the mean of the corpus.
 */
export function harmonicMean(a: number, b: number): number {
  return a === 0 && b === 0 ? 0 : (2 * a * b) / (a + b)
}
