/**
 * The scorer of answers to VQA questions.
 * @module
 */
import { vqa } from '../../tasks/vqa/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateVqaAccuracy, vqaAccuracyStatistic } from './aggregate.ts'
import { scoreAnswer } from './score.ts'
import { vqaAccuracySpec } from './spec.ts'

export const vqaAccuracy = defineScorer({
  spec: vqaAccuracySpec,
  tasks: [vqa],
  requires: 'text',
  columns: ['accuracy'],
  statistics: (spec) => [vqaAccuracyStatistic(spec)],
  score: scoreAnswer,
  passes: (spec, [accuracy]) => accuracy! >= spec.pass_threshold,
  aggregate: aggregateVqaAccuracy,
})
