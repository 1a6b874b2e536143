/**
 * Zero-shot classification: a picture against labels that are known by their texts alone.
 *
 * Labels are vectors of `metrics/label-embedding.ts`.
 * @module
 */
import type { DualEncoderManifest } from '../contracts/model-manifest.ts'
import { sigmoid, softmax } from '../metrics/softmax.ts'
import { dot, normalize, type Vector } from '../metrics/vectors.ts'

/** From cosines to probabilities. */
export interface Scoring {
  /** `softmax`: over the labels given, summing to 1. `sigmoid`: each label by itself. */
  readonly kind: 'softmax' | 'sigmoid'
  /** Cosines are divided by it; above 0. */
  readonly temperature: number
  /** Added after; 0 of a softmax, which it would not change. */
  readonly bias: number
  /**
   * Whether the temperature was fitted on held-out pictures of this kind.
   */
  readonly calibrated: boolean
}

/**
 * A fitted temperature belongs to a softmax: a sigmoid's probabilities keep the scale and bias that were
 * learned together.
 * @param inDomain - whether the model was trained on pictures of this kind. Outside, a fitted temperature is
 *   used without a measure of how well it calibrates.
 */
export function scoringOf({ embedding, calibration, scoring }: DualEncoderManifest, inDomain: boolean): Scoring {
  const learned = 1 / embedding.logit_scale
  if (scoring.kind === 'sigmoid') return { kind: 'sigmoid', temperature: learned, bias: scoring.logit_bias, calibrated: false }
  const calibrated = calibration !== undefined && inDomain
  return { kind: 'softmax', temperature: calibration?.temperature ?? learned, bias: 0, calibrated }
}

/** The probability of each cosine. */
export function probabilitiesOf(
  cosines: readonly number[],
  { kind, temperature, bias }: Pick<Scoring, 'kind' | 'temperature' | 'bias'>,
): ArrayLike<number> {
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, is ${temperature}`)
  const logits = cosines.map((cosine) => cosine / temperature + bias)
  return kind === 'softmax' ? softmax(logits) : logits.map(sigmoid)
}

export interface RankedLabel {
  /** Place among the labels given. */
  readonly index: number
  readonly cosine: number
  readonly probability: number
  /** 1 + the number of labels with a larger cosine. */
  readonly rank: number
}

/**
 * @param labels unit vectors of `labelEmbedding`
 * @returns best first; equal ones in the order given
 */
export function rankLabels(
  image: Vector,
  labels: readonly Float64Array[],
  scoring: Pick<Scoring, 'kind' | 'temperature' | 'bias'>,
): RankedLabel[] {
  const unit = normalize(image)
  const cosines = labels.map((label) => dot(unit, label))
  const probabilities = probabilitiesOf(cosines, scoring)
  const order = cosines.map((_, index) => index).toSorted((a, b) => cosines[b]! - cosines[a]!)
  let rank = 0
  return order.map((index, place) => {
    if (place === 0 || cosines[index] !== cosines[order[place - 1]!]) rank = place + 1
    return { index, cosine: cosines[index]!, probability: probabilities[index]!, rank }
  })
}
