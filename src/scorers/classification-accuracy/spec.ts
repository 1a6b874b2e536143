/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** Whether the label that the model names, or one of its first five, is the item's. */
export const classificationAccuracySpec = z.strictObject({ type: z.literal('classification_accuracy'), name: scorerName })

export type ClassificationAccuracySpec = z.output<typeof classificationAccuracySpec>
