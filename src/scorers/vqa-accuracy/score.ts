/**
 * VQA accuracy of one answer against the item's human answers.
 * @module
 */
import type { VqaItem } from '../../tasks/vqa/item.ts'
import { vqaAccuracy } from '../../metrics/vqa-accuracy.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'
import type { VqaAccuracySpec } from './spec.ts'

/** Three others must agree with an answer, so fewer cannot give 1. */
const FEWEST_ANSWERS = 4

export function scoreAnswer({ spec, item, output }: ScoreContext<VqaAccuracySpec, VqaItem, 'text'>): ItemScore {
  const { text, unanswered } = output
  if (text === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no answer to this question' }
  const accuracy = vqaAccuracy(text, item.answers, spec.scorer)
  const few = item.answers.length < FEWEST_ANSWERS
  return { status: 'scored', stats: [accuracy], score: accuracy, ...(few && { warning: 'few_references' }) }
}
