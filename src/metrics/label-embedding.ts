/**
 * Labels as vectors: zero-shot classification by a dual encoder.
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, section
 * 3.1.4: the embeddings of a label's prompts are averaged at unit length and brought to unit length again, so
 * that an ensemble costs no more than one prompt.
 * @module
 */
import { dot, normalize, type Vector } from './vectors.ts'

/** How a label's prompts become one vector; part of what identifies a classifier. */
export const PROMPT_ENSEMBLE = 'mean-of-unit-embeddings'

/** @returns a unit vector; NaNs if an embedding is zero or the prompts cancel each other out */
export function labelEmbedding(prompts: readonly Vector[]): Float64Array {
  const [first, ...others] = prompts.map(normalize)
  if (first === undefined) throw new RangeError('a label needs at least one prompt')
  for (const prompt of others) {
    if (prompt.length !== first.length) throw new RangeError(`prompts of ${first.length} and ${prompt.length} dimensions`)
    prompt.forEach((component, index) => (first[index]! += component))
  }
  // The length of the sum does not matter: only its direction is kept.
  return normalize(first)
}

/** A label near a picture, by its place among the labels. */
export interface NearLabel {
  readonly index: number
  readonly cosine: number
}

/**
 * The labels nearest to a picture, nearest first; of equal ones the earlier is nearer.
 * @param labels - unit vectors of {@link labelEmbedding}
 * @param most - length of the list, unless there are fewer labels
 */
export function nearestLabels(image: Vector, labels: readonly Vector[], most: number): NearLabel[] {
  const unit = normalize(image)
  const nearest: NearLabel[] = []
  labels.forEach((label, index) => {
    const cosine = dot(unit, label)
    if (nearest.length === most && !(cosine > nearest[most - 1]!.cosine)) return
    const place = nearest.findIndex((near) => cosine > near.cosine)
    nearest.splice(place < 0 ? nearest.length : place, 0, { index, cosine })
    nearest.length = Math.min(nearest.length, most)
  })
  return nearest
}
