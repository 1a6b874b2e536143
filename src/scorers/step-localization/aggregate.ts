/**
 * COIN step localization over the run's selection, videos as clusters.
 * @module
 */
import type { StepItem } from '../../tasks/step-localization/item.ts'
import type { MetricValue, ScorerReport } from '../../contracts/report.ts'
import { type ScoredSegment, type Segment, stepLocalization, stepLocalizationMetric } from '../../metrics/step-localization.ts'
import { groupedJackknifeT } from '../../statistics/grouped-jackknife.ts'
import { type AggregateInput, scoredRows } from '../aggregate-input.ts'
import { metricValue, type Statistic } from '../statistic.ts'
import type { StepLocalizationSpec } from './spec.ts'

interface Video {
  readonly cluster: number
  readonly proposals: readonly ScoredSegment[]
  readonly truth: readonly Segment[]
}

type Scores = ReturnType<typeof stepLocalization>

const VALUES = [
  { metric: 'mAP@0.5', of: (scores: Scores) => scores.tIoU['0.5']!.mAP },
  { metric: 'mAR@0.5', of: (scores: Scores) => scores.tIoU['0.5']!.mAR },
  { metric: 'F1@0.5', of: (scores: Scores) => scores.tIoU['0.5']!.F1 },
  { metric: 'mAP@avg', of: (scores: Scores) => scores.average.mAP },
  { metric: 'mIoU', of: (scores: Scores) => scores.mIoU },
] as const
const PRIMARY = VALUES[0].metric

export function stepLocalizationStatistics({ classes }: Pick<StepLocalizationSpec, 'classes'>): Statistic[] {
  return VALUES.map(({ metric }) => ({
    metric,
    variant: `coin-${classes}-classes`,
    direction: 'higher_is_better',
    range: [0, 1],
    unit: 'fraction',
    definition: stepLocalizationMetric,
    isListed: metric === PRIMARY,
    value: 'from_outputs',
  }))
}

export function aggregateStepLocalization(spec: StepLocalizationSpec, input: AggregateInput<StepItem, 'segments'>): ScorerReport {
  const videos = videosOf(input)
  const scores = evaluate(videos, spec)
  const byCluster = videos.toSorted((a, b) => a.cluster - b.cluster)
  // All metrics leave out the same groups, so each remainder is evaluated once.
  const remainders: Scores[] = []
  const without = (group: number, groups: number): Scores =>
    (remainders[group] ??= evaluate(
      byCluster.filter((_, index) => index % groups !== group),
      spec,
    )!)
  const metrics = stepLocalizationStatistics(spec).map((statistic, index): MetricValue => {
    const { of } = VALUES[index]!
    const value = scores === null || !Number.isFinite(of(scores)) ? null : of(scores)
    const interval =
      value === null
        ? null
        : groupedJackknifeT(value, byCluster.length, (group, groups) => of(without(group, groups)), {
            range: [0, 1],
            level: input.level,
            target: 'population',
          })
    return metricValue(statistic, input, { value, n: videos.length, interval })
  })
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: PRIMARY,
    metrics,
    details: { official: input.complete && videos.length === input.rows.length, tIoU: scores?.tIoU ?? null },
  }
}

/** The scored videos, in the order of the official file. */
function videosOf({ rows, outputs, columns }: AggregateInput<StepItem, 'segments'>): Video[] {
  const scored = new Set(scoredRows(rows).map(({ ordinal }) => ordinal))
  return outputs
    .filter(({ ordinal }) => scored.has(ordinal))
    .toSorted((a, b) => a.item.position - b.item.position)
    .map(({ ordinal, item, output }) => ({
      cluster: columns.cluster[ordinal]!,
      proposals: output!.segments!.map((proposal) => ({ ...proposal, video: item.id })),
      truth: item.segments.map((segment) => ({ ...segment, video: item.id })),
    }))
}

function evaluate(videos: readonly Video[], { classes }: StepLocalizationSpec): Scores | null {
  if (videos.length === 0) return null
  return stepLocalization(
    videos.flatMap(({ proposals }) => proposals),
    videos.flatMap(({ truth }) => truth),
    { classes },
  )
}
