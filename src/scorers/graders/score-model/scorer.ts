/**
 * OpenAI's grader `score_model`: the mean score, and the share of items at or above the threshold.
 * @module
 */
import { defineScorer } from '../../scorer.ts'
import { measure, type Statistic } from '../../statistic.ts'
import { samplingOf } from '../ask-grader.ts'
import { passRate } from '../pass-rate.ts'
import { scoreByModel, thresholdOf } from './score.ts'
import { type ScoreModelSpec, scoreModelSpec } from './spec.ts'

const [SCORE, PASSED] = [0, 1]

function statisticsOf(spec: ScoreModelSpec): [Statistic, Statistic] {
  const { range } = spec
  return [
    {
      metric: 'score_model',
      variant: 'mean',
      direction: 'higher_is_better',
      range,
      unit: 'points',
      definition: null,
      isListed: true,
      value: { kind: 'mean', column: SCORE, range, data: 'bounded' },
    },
    passRate(`score_model ≥ ${thresholdOf(spec)}`, PASSED, false),
  ]
}

export const scoreModel = defineScorer({
  spec: scoreModelSpec,
  tasks: 'any',
  requires: 'text',
  columns: ['score', 'passed'],
  grader: ({ model, sampling_params }) => ({ model, gives: 'answers', sampling: samplingOf(sampling_params) }),
  statistics: statisticsOf,
  score: scoreByModel,
  passes: (_spec, stats) => stats[PASSED] === 1,
  aggregate: (spec, input) => ({
    name: spec.name,
    type: spec.type,
    primary_metric: 'score_model',
    metrics: statisticsOf(spec).map((statistic) => measure(statistic, input)),
  }),
})
