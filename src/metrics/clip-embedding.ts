/**
 * A clip as one vector: the mean of its frames' unit vectors, at unit length (Luo et al., "CLIP4Clip: An
 * Empirical Study of CLIP for End to End Video Clip Retrieval", Neurocomputing 2022, mean pooling).
 * @module
 */
import { labelEmbedding } from './label-embedding.ts'
import type { Vector } from './vectors.ts'

/** @param frames - at least one. The vector of a single frame stays as it is. */
export function clipEmbedding(frames: readonly Float32Array[]): Float32Array {
  const [first, ...others] = frames
  if (first === undefined) throw new RangeError('a clip needs at least one frame')
  return others.length === 0 ? first : Float32Array.from(labelEmbedding(frames as readonly Vector[]))
}
