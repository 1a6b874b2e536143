/**
 * One number for several tasks: a weighted mean of metrics that are first brought onto [0, 1], 1 best.
 * @module
 */
import type { MetricDescriptor } from './descriptor.ts'

export const weightedSumMetric: MetricDescriptor = {
  name: 'multi_task',
  variants: ['weighted-mean'],
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  source: { paper: 'defined here: Σ w·u / Σ w', code: '-' },
}

export interface WeightedMetric {
  readonly name: string
  readonly value: number
  /** Above 0. */
  readonly weight: number
  readonly direction: MetricDescriptor['direction']
  /** Both ends must be known: an unbounded metric has no place on a common scale. */
  readonly range: readonly [low: number, high: number]
}

/**
 * Σ w·u / Σ w, u being each value's place in its range, reversed where lower is better; in [0, 1].
 * @throws {RangeError} for no metric, a weight that is not positive, an empty range or a value outside its range: a missing task is never
 * counted as 0 in silence.
 */
export function weightedSum(metrics: readonly WeightedMetric[]): number {
  if (metrics.length === 0) throw new RangeError('a weighted sum needs at least one metric')
  let sum = 0
  let weights = 0
  for (const { name, value, weight, direction, range } of metrics) {
    const [low, high] = range
    if (!(weight > 0 && Number.isFinite(weight))) throw new RangeError(`${name}: the weight must be above 0, is ${weight}`)
    if (!(low < high && Number.isFinite(high - low))) throw new RangeError(`${name}: the range [${low}, ${high}] is not bounded`)
    if (!(value >= low && value <= high)) throw new RangeError(`${name}: ${value} is outside [${low}, ${high}]`)
    const place = (value - low) / (high - low)
    sum += weight * (direction === 'higher_is_better' ? place : 1 - place)
    weights += weight
  }
  return sum / weights
}
