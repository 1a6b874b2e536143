/**
 * Values of a run in progress, from the first rows in hash order. Only means over items have one: other
 * metrics need all items.
 * @module
 */
import type { PartialValue } from '../contracts/run-events.ts'
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import { lookSizes } from '../statistics/stopping-time.ts'
import { withoutReplacementBounds } from '../statistics/without-replacement.ts'
import type { BoundScorer } from './scorer.ts'
import { itemMean } from './statistic.ts'

const FIRST_LOOK = 16

/** Whether any scorer has a value before the end. */
export function hasPartialValues(scorers: readonly BoundScorer[]): boolean {
  return scorers.some(({ statistics }) => itemMean(statistics) !== null)
}

/** Items of the largest look within the first `reached` items; 0 before the first look. */
export function partialLook({ dataset }: Pick<RunSpec, 'dataset'>, reached: number): number {
  return lookSizes(FIRST_LOOK, dataset.items).findLast((size) => size <= reached) ?? 0
}

/**
 * One value per scorer whose primary metric is a mean over items, with a confidence sequence for the mean
 * over the whole dataset (Waudby-Smith & Ramdas 2020, `statistics/without-replacement.ts`). The level
 * holds for each value at every moment at once, not for several values together. Items without a score
 * count as the least value in the lower bound and as the greatest in the upper.
 * @param rows - rows [0, k), in ordinal order
 */
export function partialValues(
  { dataset, level }: Pick<RunSpec, 'dataset' | 'level'>,
  scorers: readonly BoundScorer[],
  rows: readonly SampleRow[],
): PartialValue[] {
  return scorers.flatMap((scorer, index) => {
    const mean = itemMean(scorer.statistics)
    const statistic = scorer.statistics.find(({ isListed }) => isListed)
    if (mean === null || statistic === undefined) return []
    const outcomes = rows.map((row) => row.outcomes[index]!)
    const scored = outcomes.filter(({ status }) => status === 'scored')
    let sum = 0
    for (const { stats } of scored) sum += stats[mean.column]!
    const { low, high } = withoutReplacementBounds(
      {
        values: outcomes.map(({ stats }) => stats[mean.column]!),
        errored: outcomes.map(({ status }) => (status === 'scored' ? 0 : 1)),
        populationSize: dataset.items,
        range: mean.range,
      },
      level,
    )
    return [
      {
        criterion: scorer.name,
        metric: statistic.metric,
        variant: statistic.variant,
        value: scored.length === 0 ? null : sum / scored.length,
        low,
        high,
        level,
        method: 'confidence-sequence' as const,
        target: 'this_dataset' as const,
        n: scored.length,
        errored: outcomes.filter(({ status }) => status === 'errored').length,
        unscored: outcomes.filter(({ status }) => status === 'unscored').length,
      },
    ]
  })
}
