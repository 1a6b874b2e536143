/**
 * Bounds for the errored items of a run: its means if each of them had the least, or the greatest, possible
 * score. Not part of the report, which has the mean over the scored items.
 * @module
 */
import type { MetricValue, Report } from '../contracts/report.ts'
import type { BoundScorer } from './scorer.ts'
import type { Statistic } from './statistic.ts'

export interface ErroredBounds {
  readonly criterion: string
  readonly metric: string
  readonly variant: string
  /** In the unit of the metric, both: (n · value + errored · least or greatest score) / (n + errored). */
  readonly low: number
  readonly high: number
}

/**
 * @param scorers - of the report's criteria, in their order
 * @returns one entry per whole-set metric that is a mean over items and has errored ones; other metrics, such
 *   as CIDEr or a median rank, have no such bounds
 */
export function erroredBounds(
  scorers: readonly Pick<BoundScorer, 'statistics'>[],
  { criteria }: Pick<Report, 'criteria'>,
): ErroredBounds[] {
  return criteria.flatMap(({ name, metrics }, index) =>
    metrics.flatMap((value) => {
      const statistic = scorers[index]!.statistics.find(
        ({ metric, variant }) => metric === value.metric && variant === value.variant,
      )
      const bounds = statistic === undefined ? null : boundsOf(statistic, value)
      return bounds === null ? [] : [{ criterion: name, metric: value.metric, variant: value.variant, ...bounds }]
    }),
  )
}

function boundsOf({ value: rule }: Statistic, { value, n, errored, slice }: MetricValue) {
  if (slice !== undefined || errored === 0 || rule === 'from_outputs' || rule.kind !== 'mean') return null
  const [least, greatest] = rule.range
  const counting = (score: number) => ((value ?? 0) * n + errored * score) / (n + errored)
  return { low: counting(least), high: counting(greatest) }
}
