/**
 * The scorer of numbers that people, or another program, gave beforehand.
 * @module
 */
import { defineScorer } from '../scorer.ts'
import { aggregateUploadedScore, UPLOADED_MEAN } from './aggregate.ts'
import { takeScore } from './score.ts'
import { uploadedScoreSpec } from './spec.ts'

export const uploadedScore = defineScorer({
  spec: uploadedScoreSpec,
  tasks: 'any',
  requires: 'score',
  columns: ['score'],
  statistics: () => [UPLOADED_MEAN],
  score: ({ output }) => takeScore(output),
  passes: (spec, [score]) => score! >= spec.pass_threshold,
  aggregate: aggregateUploadedScore,
})
