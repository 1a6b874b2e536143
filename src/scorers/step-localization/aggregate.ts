/**
 * COIN step localization over the run's selection, videos as clusters.
 * @module
 */
import type { StepLocalizationCriterion } from '../../contracts/scorer-spec.ts'
import type { ScorerReport, MetricValue } from '../../contracts/report.ts'
import { type ScoredSegment, type Segment, stepLocalization } from '../../metrics/step-localization.ts'
import { groupedJackknifeT } from '../../statistics/grouped-jackknife.ts'
import { countRows, type AggregateInput, scoredRows, textsOf } from '../aggregate-input.ts'
import { stepLocalization as stepLocalizationTask } from '../../tasks/step-localization/task.ts'

interface Video {
  readonly cluster: number
  readonly proposals: readonly ScoredSegment[]
  readonly truth: readonly Segment[]
}

const METRICS = [
  { metric: 'mAP@0.5', of: (scores: Scores) => scores.tIoU['0.5']!.mAP },
  { metric: 'mAR@0.5', of: (scores: Scores) => scores.tIoU['0.5']!.mAR },
  { metric: 'F1@0.5', of: (scores: Scores) => scores.tIoU['0.5']!.F1 },
  { metric: 'mAP@avg', of: (scores: Scores) => scores.average.mAP },
  { metric: 'mIoU', of: (scores: Scores) => scores.mIoU },
] as const

type Scores = ReturnType<typeof stepLocalization>

export function aggregateStepLocalization(spec: StepLocalizationCriterion, input: AggregateInput): ScorerReport {
  const scored = new Set(scoredRows(input.rows).map(({ ordinal }) => ordinal))
  const videos = textsOf(input, stepLocalizationTask)
    .filter(({ ordinal }) => scored.has(ordinal))
    .toSorted((a, b) => a.item.position - b.item.position)
    .map(({ ordinal, item, answer }): Video => ({
      cluster: input.columns.cluster[ordinal]!,
      proposals: (JSON.parse(answer!) as Omit<ScoredSegment, 'video'>[]).map((proposal) => ({ ...proposal, video: item.id })),
      truth: item.segments.map((segment) => ({ ...segment, video: item.id })),
    }))
  const scores = evaluate(videos, spec)
  const byCluster = videos.toSorted((a, b) => a.cluster - b.cluster)
  // All metrics leave out the same groups, so each remainder is evaluated once.
  const remainders: Scores[] = []
  const without = (group: number, groups: number): Scores =>
    (remainders[group] ??= evaluate(
      byCluster.filter((_, index) => index % groups !== group),
      spec,
    )!)
  const metrics = METRICS.map(({ metric, of }): MetricValue => {
    const value = scores === null || !Number.isFinite(of(scores)) ? null : of(scores)
    return {
      metric,
      variant: `coin-${spec.classes}-classes`,
      direction: 'higher_is_better',
      range: [0, 1],
      unit: 'fraction',
      value,
      n: videos.length,
      ...countRows(input),
      interval:
        value === null
          ? null
          : groupedJackknifeT(value, byCluster.length, (group, groups) => of(without(group, groups)), {
              range: [0, 1],
              level: input.level,
              target: 'population',
            }),
    }
  })
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'mAP@0.5',
    metrics,
    details: { official: input.complete && videos.length === input.rows.length, tIoU: scores?.tIoU ?? null },
  }
}

function evaluate(videos: readonly Video[], { classes }: StepLocalizationCriterion): Scores | null {
  if (videos.length === 0) return null
  return stepLocalization(
    videos.flatMap(({ proposals }) => proposals),
    videos.flatMap(({ truth }) => truth),
    { classes },
  )
}
