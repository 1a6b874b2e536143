/**
 * @module
 */
import { z } from 'zod'
import { verdictMember } from './score.ts'
import { scorerName } from '../../contracts/scorer-spec.ts'

/** NLVR2 accuracy and consistency. */
export const nlvr2Spec = z.strictObject({ type: z.literal('nlvr2'), name: scorerName, verdict: verdictMember })

export type Nlvr2Spec = z.output<typeof nlvr2Spec>
