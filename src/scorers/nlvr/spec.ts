/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'
import { verdictMember } from '../nlvr2/score.ts'

/** NLVR accuracy and consistency over pictures. */
export const nlvrSpec = z.strictObject({ type: z.literal('nlvr'), name: scorerName, verdict: verdictMember })
