/**
 * A run with gold scores for its items and cheap scores for the whole dataset: how many items it needs, and
 * its estimate.
 * @module
 */
import type { Report, ScorerReport } from '../contracts/report.ts'
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import { PILOT_ITEMS, predictionPoweredMean, requiredGold } from '../statistics/prediction-powered.ts'
import { type ItemMean, meanOf } from './item-mean.ts'
import type { BoundScorer } from './scorer.ts'

export { FEWEST_GOLD, PILOT_ITEMS } from '../statistics/prediction-powered.ts'

/**
 * The number of items that a run with a target uses: the pilot, and what the pilot asks for. It depends on
 * the pilot's rows and the plan alone. The pilot alone once one of its items has no score, since there is no
 * interval to aim at then.
 * @param rows - rows [0, k), in ordinal order.
 * @param proxy - scores of the whole dataset.
 * @returns null while the pilot is not complete, and for a run without a target.
 */
export function usedByTarget(
  spec: RunSpec,
  scorers: readonly BoundScorer[],
  rows: readonly SampleRow[],
  proxy: Float64Array | null,
): number | null {
  const powered = spec.prediction_powered
  if (powered?.target_half_width === undefined || rows.length < PILOT_ITEMS) return null
  const mean = meanOf(scorers, powered.criterion)
  const gold = goldScores(mean, rows.slice(0, PILOT_ITEMS))
  if (gold.some(Number.isNaN)) return PILOT_ITEMS
  const needed = requiredGold({
    gold,
    proxy: scoresOf(proxy, spec).subarray(0, PILOT_ITEMS),
    range: mean.range,
    populationSize: spec.dataset.items,
    targetHalfWidth: powered.target_half_width,
    level: spec.level,
  })
  return Math.min(spec.selection.count, PILOT_ITEMS + needed)
}

/**
 * The estimate of a prediction-powered run; undefined for any other run.
 * @param rows - those that the report uses.
 * @param reports - one per scorer, in the specification's order.
 * @throws {RangeError} unless the proxy has one score per item of the dataset.
 */
export function predictionPoweredEstimate(
  spec: RunSpec,
  scorers: readonly BoundScorer[],
  rows: readonly SampleRow[],
  proxy: Float64Array | null,
  reports: readonly ScorerReport[],
): Report['prediction_powered'] {
  if (spec.prediction_powered === undefined) return undefined
  const { criterion, target_half_width: target } = spec.prediction_powered
  const mean = meanOf(scorers, criterion)
  const { primary_metric: primary, metrics } = reports[mean.index]!
  const plain = metrics.find(({ metric, slice }) => metric === primary && slice === undefined)!
  const scores = scoresOf(proxy, spec)
  const all = goldScores(mean, rows)
  const pilot = target === undefined ? 0 : PILOT_ITEMS
  const estimate = predictionPoweredMean({
    gold: all.subarray(pilot),
    pilot: all.subarray(0, pilot),
    proxy: scores,
    range: mean.range,
    level: spec.level,
  })
  let sum = 0
  for (const score of scores) sum += score
  return {
    criterion,
    estimate: { ...plain, variant: `${plain.variant}/ppi++`, value: finite(estimate.value), interval: estimate.interval },
    pilot,
    gold: estimate.g,
    lambda: estimate.lambda,
    correlation: finite(estimate.correlation),
    predicted_half_width: finite(estimate.predictedHalfWidth),
    proxy_mean: sum / scores.length,
  }
}

/** Scores of the judged scorer, NaN where an item has none. */
function goldScores({ index, column }: ItemMean, rows: readonly SampleRow[]): Float64Array {
  return Float64Array.from(rows, ({ outcomes }) => {
    const { status, stats } = outcomes[index]!
    return status === 'scored' ? stats[column]! : NaN
  })
}

/** @throws {RangeError} unless there is one score per item of the dataset. */
function scoresOf(proxy: Float64Array | null, { dataset }: RunSpec): Float64Array {
  if (proxy?.length !== dataset.items)
    throw new RangeError(`a proxy needs ${dataset.items} scores, not ${proxy?.length ?? 'none'}`)
  return proxy
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
