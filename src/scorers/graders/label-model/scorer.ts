/**
 * OpenAI's grader `label_model`.
 * @module
 */
import { defineScorer } from '../../scorer.ts'
import { measure } from '../../statistic.ts'
import { samplingOf } from '../ask-grader.ts'
import { passRate } from '../pass-rate.ts'
import { scoreLabel } from './score.ts'
import { labelModelSpec } from './spec.ts'

const PASS_RATE = passRate('label_model', 0, true)

export const labelModel = defineScorer({
  spec: labelModelSpec,
  tasks: 'any',
  requires: 'text',
  columns: ['passed'],
  grader: ({ model, sampling_params }) => ({ model, gives: 'answers', sampling: samplingOf(sampling_params) }),
  statistics: () => [PASS_RATE],
  score: scoreLabel,
  passes: (_spec, [passed]) => passed === 1,
  aggregate: ({ name, type }, input) => ({
    name,
    type,
    primary_metric: PASS_RATE.metric,
    metrics: [measure(PASS_RATE, input)],
  }),
})
