/**
 * OpenAI's grader `text_similarity`: the mean score, and the share of items at or above the threshold.
 * @module
 */
import { variantOf } from '../../../metrics/text-similarity/metrics.ts'
import { defineScorer } from '../../scorer.ts'
import { measure, type Statistic } from '../../statistic.ts'
import { passRate } from '../pass-rate.ts'
import { scoreSimilarity } from './score.ts'
import { type TextSimilaritySpec, textSimilaritySpec } from './spec.ts'

const [SCORE, PASSED] = [0, 1]

function statisticsOf({ evaluation_metric: metric, pass_threshold: threshold }: TextSimilaritySpec): [Statistic, Statistic] {
  const variant = variantOf(metric)
  return [
    {
      metric,
      variant,
      direction: 'higher_is_better',
      range: [0, 1],
      unit: 'fraction',
      definition: null,
      isListed: true,
      value: { kind: 'mean', column: SCORE, range: [0, 1], data: 'bounded' },
    },
    passRate(`${metric}/${variant} ≥ ${threshold}`, PASSED, false),
  ]
}

export const textSimilarity = defineScorer({
  spec: textSimilaritySpec,
  tasks: 'any',
  requires: 'text',
  columns: ['score', 'passed'],
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
