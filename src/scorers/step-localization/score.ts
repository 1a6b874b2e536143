/**
 * Step localization has no score per video: average precision needs every video's proposals at once.
 * @module
 */
import type { SegmentsOutput } from '../../contracts/model.ts'
import type { ItemScore } from '../scorer.ts'

export function scoreProposals({ segments, unanswered }: SegmentsOutput): ItemScore {
  return segments === null
    ? { status: 'unscored', reason: unanswered ?? 'the subject has no proposals for this video' }
    : { status: 'scored', stats: [], score: null }
}
