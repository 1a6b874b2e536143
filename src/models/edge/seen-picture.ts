/**
 * Everything that an embedded picture leaves behind: its vector, the scale of its decode and the kinds that
 * the detector sees. Together they are one entry of the embedding cache.
 * @module
 */
import { PICTURE_KINDS, type PictureKind } from '../../contracts/picture-kind.ts'
import type { DecodedPicture, PictureDomain } from '../../contracts/edge-model.ts'

export interface SeenPicture {
  readonly vector: Float32Array
  /** Scale of the decode: 1, or 1/2, 1/4 or 1/8. */
  readonly scale: number
  /** Frames of an animation, of which the first was read; 1 for a still picture. */
  readonly frames: number
  /** In the order of {@link PICTURE_KINDS}, to four decimals. */
  readonly probabilities: readonly number[]
}

/** Numbers beside the vector in {@link pack}. */
export const PACKED_BESIDE = 2 + PICTURE_KINDS.length

export function pack({ vector, scale, frames, probabilities }: SeenPicture): Float32Array {
  return Float32Array.of(scale, frames, ...probabilities, ...vector)
}

/** The inverse of {@link pack}. */
export function unpack(packed: Float32Array): SeenPicture {
  const [scale, frames, ...probabilities] = packed.subarray(0, PACKED_BESIDE)
  return {
    vector: packed.slice(PACKED_BESIDE),
    scale: scale!,
    frames: frames!,
    probabilities: probabilities.map((probability) => Math.round(1e4 * probability) / 1e4),
  }
}

/** The most probable kind, the first of equal ones. */
export function domainOf({ probabilities }: Pick<SeenPicture, 'probabilities'>, detector: string): PictureDomain {
  const at = probabilities.indexOf(Math.max(...probabilities))
  const byKind = Object.fromEntries(PICTURE_KINDS.map((kind, index) => [kind, probabilities[index]!]))
  return {
    kind: PICTURE_KINDS[at]!,
    probability: probabilities[at]!,
    probabilities: byKind as Record<PictureKind, number>,
    detector,
  }
}

/** @param width, height - of the picture, in pixels */
export function decodedSides(width: number, height: number, scale: number): DecodedPicture['decoded'] {
  return { width: Math.ceil(width * scale), height: Math.ceil(height * scale) }
}
