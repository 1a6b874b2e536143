/**
 * A run whose items are gold: how many of them it needs, and what they say of the whole dataset with a proxy's help.
 * @module
 */
import type { ScorerReport, Report } from '../contracts/report.ts'
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import { scorerFor } from './registry.ts'
import { PILOT_ITEMS, predictionPoweredMean, requiredGold } from '../statistics/prediction-powered.ts'

export { FEWEST_GOLD, PILOT_ITEMS } from '../statistics/prediction-powered.ts'

/**
 * Items that a run with a target uses: the pilot and what the pilot asks for. A function of the pilot's rows and the plan alone, asked by the
 * consumers as a hint and by the merge as the truth. The pilot alone once one of its items has no score: there is no interval to aim at then.
 * @param rows - [0, k), in ordinal order.
 * @param proxy - scores of the whole dataset.
 * @returns null while the pilot is not complete, or when the run has no target.
 */
export function usedByTarget(spec: RunSpec, rows: readonly SampleRow[], proxy: Float64Array | null): number | null {
  const target = spec.prediction_powered?.target_half_width
  if (target === undefined || rows.length < PILOT_ITEMS) return null
  const gold = goldScores(spec, rows.slice(0, PILOT_ITEMS))
  if (gold.some(Number.isNaN)) return PILOT_ITEMS
  const needed = requiredGold({
    gold,
    proxy: scoresOf(proxy, spec).subarray(0, PILOT_ITEMS),
    range: rangeOf(spec),
    populationSize: spec.dataset.items,
    targetHalfWidth: target,
    level: spec.level,
  })
  return Math.min(spec.selection.count, PILOT_ITEMS + needed)
}

/**
 * @param rows - those that the report uses.
 * @param criteria - as folded, in the spec's order.
 */
export function aggregatePredictionPowered(
  spec: RunSpec,
  rows: readonly SampleRow[],
  proxy: Float64Array | null,
  criteria: readonly ScorerReport[],
): NonNullable<Report['prediction_powered']> {
  const { criterion, target_half_width: target } = spec.prediction_powered!
  const index = indexOf(spec)
  const { primary_metric: primary, metrics } = criteria[index]!
  const plain = metrics.find(({ metric, slice }) => metric === primary && slice === undefined)!
  const scores = scoresOf(proxy, spec)
  const all = goldScores(spec, rows)
  const pilot = target === undefined ? 0 : PILOT_ITEMS
  const mean = predictionPoweredMean({
    gold: all.subarray(pilot),
    pilot: all.subarray(0, pilot),
    proxy: scores,
    range: rangeOf(spec),
    level: spec.level,
  })
  let sum = 0
  for (const score of scores) sum += score
  return {
    criterion,
    estimate: { ...plain, variant: `${plain.variant}/ppi++`, value: finite(mean.value), interval: mean.interval },
    pilot,
    gold: mean.g,
    lambda: mean.lambda,
    correlation: finite(mean.correlation),
    predicted_half_width: finite(mean.predictedHalfWidth),
    proxy_mean: sum / scores.length,
  }
}

/** Scores of the judged criterion, NaN where an item has none. */
function goldScores(spec: RunSpec, rows: readonly SampleRow[]): Float64Array {
  const index = indexOf(spec)
  const { index: column } = scorerFor(spec.criteria[index]!).meanColumn!
  return Float64Array.from(rows, ({ outcomes }) => {
    const { status, stats } = outcomes[index]!
    return status === 'scored' ? stats[column]! : NaN
  })
}

function rangeOf(spec: RunSpec): readonly [number, number] {
  return scorerFor(spec.criteria[indexOf(spec)]!).meanColumn!.range
}

function indexOf({ criteria, prediction_powered: powered }: RunSpec): number {
  return criteria.findIndex(({ name }) => name === powered!.criterion)
}

/** @throws {RangeError} unless there is one a item of the dataset. */
function scoresOf(proxy: Float64Array | null, { dataset }: RunSpec): Float64Array {
  if (proxy?.length !== dataset.items)
    throw new RangeError(`a proxy needs ${dataset.items} scores, not ${proxy?.length ?? 'none'}`)
  return proxy
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
