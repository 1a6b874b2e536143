/**
 * VQA accuracy of one answer against its ten human answers.
 * @module
 */
import type { VqaAccuracyCriterion } from '../../contracts/scorer-spec.ts'
import type { VqaItem } from '../../tasks/vqa/item.ts'
import { vqaAccuracy as accuracyOf } from '../../metrics/vqa-accuracy.ts'
import type { Criterion } from '../registry.ts'

export const vqaAccuracy: Criterion<VqaAccuracyCriterion> = {
  type: 'vqa_accuracy',
  tasks: ['vqa'],
  needs: ['answer'],
  columns: ['accuracy'],
  mergeNeeds: null,
  meanColumn: { index: 0, range: [0, 1] },
  passes: (spec, [accuracy]) => accuracy! >= spec.pass_threshold,
  score(spec, item, observation) {
    const { answer, unanswered } = observation
    if (answer === null || answer === undefined)
      return { status: 'unscored', reason: unanswered ?? 'the subject has no answer to this question' }
    const accuracy = accuracyOf(answer, (item as VqaItem).answers, spec.scorer)
    return { status: 'scored', stats: [accuracy], score: accuracy, passed: accuracy >= spec.pass_threshold }
  },
}
