/**
 * Step localization belongs to a corpus: average precision needs every video's proposals at once.
 * @module
 */
import type { StepLocalizationCriterion } from '../../contracts/scorer-spec.ts'
import type { Criterion } from '../registry.ts'

export const stepLocalization: Criterion<StepLocalizationCriterion> = {
  type: 'step_localization',
  tasks: ['step_localization'],
  needs: ['answer'],
  columns: ['localized'],
  mergeNeeds: 'texts',
  meanColumn: null,
  passes: () => true,
  score(_spec, _item, { answer }) {
    if (answer === null || answer === undefined)
      return { status: 'unscored', reason: 'the subject has no proposals for this video' }
    return { status: 'scored', stats: [1], score: null, passed: true }
  },
}
