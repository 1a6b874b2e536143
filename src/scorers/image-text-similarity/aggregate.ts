/**
 * Image–text similarity: the mean over pairs, images as clusters.
 * @module
 */
import type { ScorerReport } from '../../contracts/report.ts'
import { clipScoreMetric, clipScoreRange } from '../../metrics/clipscore.ts'
import { type AggregateInput, scoredRows } from '../aggregate-input.ts'
import { measure, type Statistic } from '../statistic.ts'
import { totalCount } from '../text-counts.ts'
import type { ImageTextSimilaritySpec } from './spec.ts'

export function similarityStatistic({ variant }: Pick<ImageTextSimilaritySpec, 'variant'>): Statistic {
  const range = clipScoreRange[variant]
  return {
    metric: 'CLIPScore',
    variant,
    direction: 'higher_is_better',
    // torchmetrics clamps the corpus value, not the pairs.
    range: variant === 'torchmetrics-100' ? [0, 100] : range,
    unit: 'score',
    definition: clipScoreMetric,
    isListed: true,
    value: { kind: 'ratio', of: 1, per: 0, range },
  }
}

export function aggregateImageTextSimilarity(spec: ImageTextSimilaritySpec, input: AggregateInput): ScorerReport {
  const rows = scoredRows(input.rows)
  const truncated = totalCount(rows.map(({ stats }) => stats[3]!))
  const unknown = totalCount(rows.map(({ stats }) => stats[4]!))
  const statistic = similarityStatistic(spec)
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: statistic.metric,
    metrics: [measure(statistic, input)],
    details: {
      images: rows.length,
      ...(truncated !== null && { truncated_captions: truncated }),
      ...(unknown !== null && unknown > 0 && { captions_with_unknown_tokens: unknown }),
    },
  }
}
