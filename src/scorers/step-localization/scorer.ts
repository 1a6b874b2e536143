/**
 * The scorer of steps located in a video.
 * @module
 */
import { stepLocalization as stepLocalizationTask } from '../../tasks/step-localization/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateStepLocalization, stepLocalizationStatistics } from './aggregate.ts'
import { scoreProposals } from './score.ts'
import { stepLocalizationSpec } from './spec.ts'

export const stepLocalization = defineScorer({
  spec: stepLocalizationSpec,
  tasks: [stepLocalizationTask],
  requires: 'segments',
  columns: [],
  // Once a column that was always 1.
  earlierColumns: 1,
  keepsOutputs: true,
  statistics: stepLocalizationStatistics,
  score: ({ output }) => scoreProposals(output),
  passes: () => true,
  aggregate: aggregateStepLocalization,
})
