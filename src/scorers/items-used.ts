/**
 * How many items of its selection a run uses: a function of the rows and the specification alone. Consumers
 * of shards ask it to save work; the merge asks it for the report.
 * @module
 */
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import { lookSizes, type Stop, stoppingTime } from '../statistics/stopping-time.ts'
import { withoutReplacementBounds } from '../statistics/without-replacement.ts'
import { meanOf } from './item-mean.ts'
import { PILOT_ITEMS, usedByTarget } from './prediction-powered.ts'
import type { BoundScorer } from './scorer.ts'

export interface ItemsUsed {
  readonly count: number
  /** Where a run with a stopping rule stopped. */
  readonly stop: Stop | null
}

/**
 * The numbers of items at which a run may learn how many it uses, ascending; none where it uses its whole
 * selection.
 */
export function looksOf({ stopping, selection, prediction_powered: powered }: RunSpec): number[] {
  if (powered?.target_half_width !== undefined) return [PILOT_ITEMS]
  return stopping === undefined ? [] : lookSizes(stopping.first_look, selection.count)
}

/**
 * The number of items used, as far as a prefix of the rows decides it.
 * @param rows - rows [0, k), in ordinal order.
 * @param proxy - cheap scores of the whole dataset, where the run leans on them.
 * @returns null where more rows are needed to decide, and for a run that uses its whole selection.
 */
export function itemsUsed(
  spec: RunSpec,
  scorers: readonly BoundScorer[],
  rows: readonly SampleRow[],
  proxy: Float64Array | null,
): ItemsUsed | null {
  const stop = earlyStop(spec, scorers, rows)
  if (stop !== null) return { count: stop.tau, stop }
  const count = usedByTarget(spec, scorers, rows, proxy)
  return count === null ? null : { count, stop: null }
}

/**
 * The first look within a prefix of rows at which the run's rule is met; the end of the selection if none.
 * Errored and unscored items count as the least value in the lower bound and as the greatest in the upper.
 * @param rows - rows [0, k), in ordinal order.
 * @returns null while there is none, and for a run without a rule.
 * @internal
 */
export function earlyStop(spec: RunSpec, scorers: readonly BoundScorer[], rows: readonly SampleRow[]): Stop | null {
  const { stopping, dataset, selection, level } = spec
  if (stopping === undefined) return null
  const { index, column, range } = meanOf(scorers, stopping.criterion)
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
