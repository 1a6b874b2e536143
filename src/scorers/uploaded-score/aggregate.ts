/**
 * Uploaded scores: their mean over items.
 * @module
 */
import type { UploadedScoreCriterion } from '../../contracts/scorer-spec.ts'
import type { ScorerReport } from '../../contracts/report.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { countRows, type AggregateInput, scoredRows } from '../aggregate-input.ts'

export function aggregateUploadedScore({ name, type }: UploadedScoreCriterion, input: AggregateInput): ScorerReport {
  const observations = scoredRows(input.rows).map(({ cluster, stats }) => ({ cluster, value: stats[0]! }))
  let sum = 0
  for (const { value } of observations) sum += value
  return {
    name,
    type,
    primary_metric: type,
    metrics: [
      {
        metric: type,
        variant: 'mean',
        direction: 'higher_is_better',
        range: [0, 1],
        unit: 'fraction',
        value: observations.length === 0 ? null : sum / observations.length,
        n: observations.length,
        ...countRows(input),
        interval: meanInterval(observations, { kind: 'bounded', range: [0, 1], level: input.level, target: 'population' }),
      },
    ],
  }
}
