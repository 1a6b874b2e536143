/**
 * VQA accuracy of one answer against the item's human answers.
 * @module
 */
import type { VqaItem } from '../../tasks/vqa/item.ts'
import { vqaAccuracy } from '../../metrics/vqa-accuracy.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'
import type { VqaAccuracySpec } from './spec.ts'

export function scoreAnswer({ spec, item, output }: ScoreContext<VqaAccuracySpec, VqaItem, 'text'>): ItemScore {
  const { text, unanswered } = output
  if (text === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no answer to this question' }
  const accuracy = vqaAccuracy(text, item.answers, spec.scorer)
  return { status: 'scored', stats: [accuracy], score: accuracy }
}
