/**
 * @module
 */
import { z } from 'zod'
import { scorerName } from '../../contracts/scorer-spec.ts'

/**
 * Image–text retrieval over the run's own gallery, by VSE++'s rules (first five captions, later index wins
 * a tie).
 */
export const retrievalSpec = z.strictObject({ type: z.literal('retrieval'), name: scorerName })

export type RetrievalSpec = z.output<typeof retrievalSpec>
