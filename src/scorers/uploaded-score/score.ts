/**
 * A score that was uploaded, taken as it is.
 * @module
 */
import type { UploadedScoreCriterion } from '../../contracts/scorer-spec.ts'
import { TASKS } from '../../tasks/registry.ts'
import type { Criterion } from '../registry.ts'

export const uploadedScore: Criterion<UploadedScoreCriterion> = {
  type: 'uploaded_score',
  tasks: TASKS.map(({ id }) => id),
  needs: ['score'],
  columns: ['score'],
  mergeNeeds: null,
  meanColumn: { index: 0, range: [0, 1] },
  passes: (spec, [score]) => score! >= spec.pass_threshold,
  score(spec, _item, { score }) {
    if (score === null || score === undefined) return { status: 'unscored', reason: 'no score was uploaded for this item' }
    return { status: 'scored', stats: [score], score, passed: score >= spec.pass_threshold }
  },
}
