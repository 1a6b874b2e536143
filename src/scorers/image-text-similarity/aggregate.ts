/**
 * Image–text similarity: the mean over pairs, images as clusters.
 * @module
 */
import type { ImageTextSimilarityCriterion } from '../../contracts/scorer-spec.ts'
import type { ScorerReport } from '../../contracts/report.ts'
import { clipScoreRange } from '../../metrics/clipscore.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { countRows, type AggregateInput, scoredRows } from '../aggregate-input.ts'

export function aggregateImageTextSimilarity(spec: ImageTextSimilarityCriterion, input: AggregateInput): ScorerReport {
  const rows = scoredRows(input.rows)
  let pairs = 0
  let scoreSum = 0
  let truncated = 0
  let unknown = 0
  for (const { stats } of rows) {
    pairs += stats[0]!
    scoreSum += stats[1]!
    truncated += stats[3]!
    unknown += stats[4]!
  }
  const mean = pairs === 0 ? null : scoreSum / pairs
  const [low, high] = clipScoreRange[spec.variant]
  // A pair weighs the same whatever its image: each image's mean, once a pair, gives the cluster sums that the formula needs.
  // A cosine of unit vectors may pass 1 by rounding.
  const observations = rows.flatMap(({ cluster, stats }) =>
    Array.from({ length: stats[0]! }, () => ({ cluster, value: Math.min(high, Math.max(low, stats[1]! / stats[0]!)) })),
  )
  const range: [number, number] = spec.variant === 'torchmetrics-100' ? [0, 100] : [low, high]
  const interval = meanInterval(observations, {
    kind: 'inner',
    range: [low, high],
    level: input.level,
    target: 'population',
  })
  // torchmetrics clamps the corpus value, not the pairs; an interval goes through a monotone map by its ends.
  const within = (value: number) => Math.min(range[1], Math.max(range[0], value))
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'CLIPScore',
    metrics: [
      {
        metric: 'CLIPScore',
        variant: spec.variant,
        direction: 'higher_is_better',
        range,
        unit: 'score',
        value: mean === null ? null : within(mean),
        n: pairs,
        ...countRows(input),
        interval: interval && { ...interval, low: within(interval.low), high: within(interval.high) },
      },
    ],
    details: {
      images: rows.length,
      truncated_captions: truncated,
      ...(unknown > 0 && { captions_with_unknown_tokens: unknown }),
    },
  }
}
