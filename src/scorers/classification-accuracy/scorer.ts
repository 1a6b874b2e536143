/**
 * The scorer of labels that a model gives to pictures.
 * @module
 */
import { classification } from '../../tasks/classification/task.ts'
import { defineScorer } from '../scorer.ts'
import { aggregateClassification, CLASSIFICATION_STATISTICS, compareTopFive } from './aggregate.ts'
import { COLUMNS, scoreLabels } from './score.ts'
import { classificationAccuracySpec } from './spec.ts'

export const classificationAccuracy = defineScorer({
  spec: classificationAccuracySpec,
  tasks: [classification],
  requires: 'labels',
  columns: COLUMNS,
  statistics: () => CLASSIFICATION_STATISTICS,
  score: scoreLabels,
  passes: (_spec, [top1]) => top1 === 1,
  aggregate: aggregateClassification,
  compare: (_spec, input) => compareTopFive(input),
})
