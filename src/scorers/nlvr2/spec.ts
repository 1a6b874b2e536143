/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** NLVR2 accuracy and consistency. */
export const nlvr2Spec = z.strictObject({ type: z.literal('nlvr2'), name: scorerName })

export type Nlvr2Spec = z.output<typeof nlvr2Spec>
