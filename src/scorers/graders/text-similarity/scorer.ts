/**
 * OpenAI's grader `text_similarity`: the mean score, and the share of items at or above the threshold.
 * @module
 */
import { variantOf } from '../../../metrics/text-similarity/metrics.ts'
import { defineScorer } from '../../scorer.ts'
import { measure, type Statistic } from '../../statistic.ts'
import { passRate } from '../pass-rate.ts'
import { scoreSimilarity } from './score.ts'
import { COSINE_MODEL, type TextSimilaritySpec, textSimilaritySpec } from './spec.ts'

const [SCORE, PASSED] = [0, 1]
const SHARE = [0, 1] as const
const COSINE_RANGE = [-1, 1] as const

function statisticsOf({ evaluation_metric: metric, pass_threshold: threshold }: TextSimilaritySpec): [Statistic, Statistic] {
  const variant = metric === 'cosine' ? 'embeddings' : variantOf(metric)
  const range = metric === 'cosine' ? COSINE_RANGE : SHARE
  return [
    {
      metric,
      variant,
      direction: 'higher_is_better',
      range,
      unit: 'fraction',
      definition: null,
      isListed: true,
      value: { kind: 'mean', column: SCORE, range, data: 'bounded' },
    },
    passRate(`${metric}/${variant} ≥ ${threshold}`, PASSED, false),
  ]
}

export const textSimilarity = defineScorer({
  spec: textSimilaritySpec,
  tasks: 'any',
  requires: 'text',
  columns: ['score', 'passed'],
  grader: ({ evaluation_metric: metric, model = COSINE_MODEL }) =>
    metric === 'cosine' ? { model, gives: 'embeddings', sampling: {} } : null,
  statistics: statisticsOf,
  score: scoreSimilarity,
  passes: (_spec, stats) => stats[PASSED] === 1,
  aggregate: (spec, input) => {
    const statistics = statisticsOf(spec)
    return {
      name: spec.name,
      type: spec.type,
      primary_metric: statistics[0].metric,
      metrics: statistics.map((statistic) => measure(statistic, input)),
    }
  },
})
