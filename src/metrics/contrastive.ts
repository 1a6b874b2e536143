/**
 * Contrastive objectives as metrics over embeddings: how well a space separates matching pairs, without the
 * ranks of a gallery.
 *
 * NT-Xent: Chen et al., "SimCLR", ICML 2020, in CLIP's two directions (Radford et al., ICML 2021). SupCon:
 * Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, the "out" form. Alignment and uniformity:
 * Wang & Isola, ICML 2020. Vectors are normalized first; only one row of similarities is in memory.
 * @module
 */
import { exp, log, pow } from '../statistics/elementary.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { logSumExp } from './softmax.ts'
import { dotRows, type Matrix, matrixOf, normalize, type Vector } from './vectors.ts'

export const contrastiveMetric: MetricDescriptor = {
  name: 'contrastive',
  variants: ['nt-xent/image-to-text', 'nt-xent/text-to-image', 'supcon-out', 'alignment', 'uniformity'],
  direction: 'lower_is_better',
  range: [null, null],
  unit: 'nats',
  source: {
    paper: 'Chen et al., ICML 2020; Radford et al., ICML 2021; Khosla et al., NeurIPS 2020; Wang & Isola, ICML 2020',
    code: 'definitions of the papers; google-research/simclr, HobbitLong/SupContrast losses.py, SsnL/align_uniform',
  },
}

export interface NtXent {
  /** Mean over images of -ln softmax at the matching text, in nats, ≥ 0. */
  readonly imageToText: number
  readonly textToImage: number
  /** CLIP's loss: the mean of both directions. */
  readonly symmetric: number
}

/**
 * NT-Xent of pairs (i, i): each image against all texts, and each text against all images.
 * @param temperature - divides similarities; above 0.
 * @throws {RangeError} for unequal numbers of vectors, a zero vector, or a temperature that is not positive.
 */
export function ntXent(images: readonly Vector[], texts: readonly Vector[], temperature: number): NtXent {
  if (images.length !== texts.length) throw new RangeError(`${images.length} images, ${texts.length} texts`)
  requireTemperature(temperature)
  const a = unitMatrix(images)
  const b = unitMatrix(texts)
  const imageToText = crossEntropy(a, b, temperature)
  const textToImage = crossEntropy(b, a, temperature)
  return { imageToText, textToImage, symmetric: (imageToText + textToImage) / 2 }
}

/**
 * SupCon over one set of vectors: for each anchor, the mean over its positives (same label, not itself) of
 * -ln(exp(s·p) / Σ over all others exp(s·a)). Anchors without a positive are counted and left out.
 * @returns the mean over the anchors with positives; NaN if there are none.
 */
export function supervisedContrastive(
  vectors: readonly Vector[],
  labels: readonly (string | number)[],
  temperature: number,
): { loss: number; anchors: number; withoutPositive: number } {
  if (vectors.length !== labels.length) throw new RangeError(`${vectors.length} vectors, ${labels.length} labels`)
  requireTemperature(temperature)
  const matrix = unitMatrix(vectors)
  const row = new Float64Array(matrix.rows)
  let sum = 0
  let anchors = 0
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.rows; j++) row[j] = j === i ? -Infinity : dotRows(matrix, i, matrix, j) / temperature
    const normalizer = logSumExp(row)
    let positives = 0
    let loss = 0
    for (let j = 0; j < matrix.rows; j++) {
      if (j === i || labels[j] !== labels[i]) continue
      positives++
      loss += normalizer - row[j]!
    }
    if (positives === 0) continue
    sum += loss / positives
    anchors++
  }
  return { loss: sum / anchors, anchors, withoutPositive: matrix.rows - anchors }
}

/** Mean of ‖x - y‖^α over the pairs (i, i); 0 if every pair coincides. */
export function alignment(a: readonly Vector[], b: readonly Vector[], alpha = 2): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} vectors`)
  const [x, y] = [unitMatrix(a), unitMatrix(b)]
  let sum = 0
  for (let i = 0; i < x.rows; i++) {
    const squared = Math.max(0, 2 - 2 * dotRows(x, i, y, i))
    sum += alpha === 2 ? squared : pow(squared, alpha / 2)
  }
  return sum / x.rows
}

/**
 * ln of the mean over all pairs i < j of exp(-t‖x_i - x_j‖²); lower is more uniform, 0 is collapse. NaN for
 * fewer than two vectors.
 */
export function uniformity(vectors: readonly Vector[], t = 2): number {
  const matrix = unitMatrix(vectors)
  let sum = 0
  for (let i = 0; i < matrix.rows; i++)
    for (let j = i + 1; j < matrix.rows; j++) sum += exp(-t * (2 - 2 * dotRows(matrix, i, matrix, j)))
  return log(sum / ((matrix.rows * (matrix.rows - 1)) / 2))
}

/** Mean over rows i of -ln softmax_j(s_ij / temperature) at j = i. */
function crossEntropy(queries: Matrix, keys: Matrix, temperature: number): number {
  const row = new Float64Array(keys.rows)
  let sum = 0
  for (let i = 0; i < queries.rows; i++) {
    for (let j = 0; j < keys.rows; j++) row[j] = dotRows(queries, i, keys, j) / temperature
    sum += logSumExp(row) - row[i]!
  }
  return sum / queries.rows
}

function unitMatrix(vectors: readonly Vector[]): Matrix {
  return matrixOf(vectors.map(normalize))
}

function requireTemperature(temperature: number): void {
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, is ${temperature}`)
}
