/**
 * Uploaded scores: their mean over items.
 * @module
 */
import type { ScorerReport } from '../../contracts/report.ts'
import type { AggregateInput } from '../aggregate-input.ts'
import { measure, type Statistic } from '../statistic.ts'
import type { UploadedScoreSpec } from './spec.ts'

export const UPLOADED_MEAN: Statistic = {
  metric: 'uploaded_score',
  variant: 'mean',
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  definition: null,
  isListed: true,
  value: { kind: 'mean', column: 0, range: [0, 1], data: 'bounded' },
}

export function aggregateUploadedScore({ name, type }: UploadedScoreSpec, input: AggregateInput): ScorerReport {
  return { name, type, primary_metric: UPLOADED_MEAN.metric, metrics: [measure(UPLOADED_MEAN, input)] }
}
