/**
 * OpenAI's grader `string_check`.
 * @module
 */
import { measure } from '../../statistic.ts'
import { defineScorer } from '../../scorer.ts'
import { passRate } from '../pass-rate.ts'
import { checkString } from './score.ts'
import { stringCheckSpec } from './spec.ts'

export const stringCheck = defineScorer({
  spec: stringCheckSpec,
  tasks: 'any',
  requires: 'text',
  columns: ['passed'],
  statistics: ({ operation }) => [passRate(operation, 0, true)],
  score: checkString,
  passes: (_spec, [passed]) => passed === 1,
  aggregate: ({ name, type, operation }, input) => ({
    name,
    type,
    primary_metric: 'pass_rate',
    metrics: [measure(passRate(operation, 0, true), input)],
  }),
})
