/**
 * Kinds of pictures that models are trained on, and the kind that the detector sees in one.
 * @module
 */
import { z } from 'zod'

/** Kinds that a model may be trained on. */
export const TRAINED_KINDS = ['photograph', 'drawing', 'screenshot'] as const

/**
 * Kinds that the detector tells apart. `drawing`: icons, emoji, clip art, diagrams, generated scenes. `noise`
 * and `blank` lie outside every model's domain.
 */
export const PICTURE_KINDS = [...TRAINED_KINDS, 'noise', 'blank'] as const

export type PictureKind = (typeof PICTURE_KINDS)[number]
export type TrainedKind = (typeof TRAINED_KINDS)[number]

/** The training data of a model. */
export const modelDomain = z.strictObject({
  /** Kinds of pictures. A picture of another kind is answered with the warning `out_of_domain`. */
  pictures: z.array(z.enum(TRAINED_KINDS)).min(1),
  /** The training data as a phrase, such as `flat colour icons with English labels`. */
  description: z.string().min(1).max(200),
})
