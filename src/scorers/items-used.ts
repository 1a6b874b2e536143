/**
 * Where a run stops: a function of the rows and the spec alone, asked by the consumers as a hint and by the merge as the truth.
 * @module
 */
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import { scorerFor } from './registry.ts'
import { lookSizes, type Stop, stoppingTime } from '../statistics/stopping-time.ts'
import { PILOT_ITEMS } from './prediction-powered.ts'
import { withoutReplacementBounds } from '../statistics/without-replacement.ts'

/** The numbers of items at which a run may learn where it stops, ascending; none where it uses its whole selection anyhow. */
export function looksOf({ stopping, selection, prediction_powered: powered }: RunSpec): number[] {
  if (powered?.target_half_width !== undefined) return [PILOT_ITEMS]
  return stopping === undefined ? [] : lookSizes(stopping.first_look, selection.count)
}

/**
 * The first look within a prefix of rows at which the run's rule is met; at the selection's end it stops anyhow. Errored and unscored items
 * count as the least value in the lower bound and as the greatest in the upper.
 * @param rows - [0, k), in ordinal order.
 * @returns null while there is none, or when the run has no rule.
 */
export function earlyStop(spec: RunSpec, rows: readonly SampleRow[]): Stop | null {
  const { stopping, criteria, dataset, selection, level } = spec
  if (stopping === undefined) return null
  const index = criteria.findIndex(({ name }) => name === stopping.criterion)
  const { index: column, range } = scorerFor(criteria[index]!).meanColumn!
  const outcomes = rows.map((row) => row.outcomes[index]!)
  const prefix = {
    values: outcomes.map(({ stats }) => stats[column]!),
    errored: outcomes.map(({ status }) => (status === 'scored' ? 0 : 1)),
    populationSize: dataset.items,
    range,
  }
  const rule =
    stopping.half_width === undefined
      ? ({ kind: 'excludes', value: stopping.excludes! } as const)
      : ({ kind: 'half_width', halfWidth: stopping.half_width } as const)
  const stop = stoppingTime(prefix, { firstLook: stopping.first_look, level, rule })
  if (stop !== null && stop.tau <= selection.count) return stop
  // A selection shorter than the dataset ends without a look of its own.
  return rows.length < selection.count
    ? null
    : { tau: selection.count, bounds: withoutReplacementBounds(prefix, level), isRuleMet: false }
}
