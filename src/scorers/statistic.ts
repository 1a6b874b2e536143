/**
 * A statistic: one metric of a report, declared once. Where its value is a function of sums over clusters,
 * the declaration says which, and intervals, early stopping and prediction-powered means all use that.
 * @module
 */
import type { Interval, MetricValue } from '../contracts/report.ts'
import type { MetricDescriptor } from '../metrics/descriptor.ts'
import type { ClusteredValue } from '../statistics/clusters.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import { type AggregateInput, countRows, type ScorerRow, scoredRows } from './aggregate-input.ts'

export interface Statistic {
  /** The field's name, such as `R@1`. With `variant` it says which number this is. */
  readonly metric: string
  readonly variant: string
  readonly direction: MetricValue['direction']
  /** Lowest and highest value; null where there is no bound. */
  readonly range: readonly [low: number | null, high: number | null]
  readonly unit: string
  /** Paper and official code. */
  readonly definition: MetricDescriptor | null
  /** Shown on the leaderboard. */
  readonly isListed: boolean
  readonly value: ValueOfSums | 'from_outputs'
}

/**
 * How the value follows from columns of the scored rows. `column`, `of` and `per` are indices into the
 * scorer's columns.
 */
export type ValueOfSums =
  /**
   * Σ column / items. `data` chooses the interval, see `statistics/mean-interval.ts`. Every item lies
   * within `range`.
   */
  | { readonly kind: 'mean'; readonly column: number; readonly range: Range; readonly data: 'binary' | 'bounded' }
  /**
   * Σ of / Σ per, where `per` counts units, such as pairs. Each unit lies within `range`; the statistic's own
   * range may be narrower, and clamps value and interval.
   */
  | { readonly kind: 'ratio'; readonly of: number; readonly per: number; readonly range: Range }

type Range = readonly [low: number, high: number]

/** The part of a metric value that the declaration does not say. */
export interface Measured {
  readonly variant?: string
  readonly slice?: string
  readonly value: number | null
  readonly n: number
  readonly interval: Interval | null
  readonly errored?: number
  readonly unscored?: number
  readonly missing?: number
}

/** A metric value of the report. Counts are those of the input's rows unless given. */
export function metricValue(statistic: Statistic, input: AggregateInput, measured: Measured): MetricValue {
  const { metric, variant, direction, range, unit } = statistic
  return { metric, variant, direction, range: [range[0], range[1]], unit, ...countRows(input), ...measured }
}

/**
 * The value of a statistic over rows, with its interval for the population.
 * @param input - its rows are measured; pass a copy with fewer rows for a slice.
 * @throws {RangeError} for a statistic whose value is not a function of sums, or a row outside the declared
 *   range.
 */
export function measure(
  statistic: Statistic,
  input: AggregateInput,
  slice: Pick<Measured, 'slice' | 'missing'> = {},
): MetricValue {
  const { value } = statistic
  if (value === 'from_outputs') throw new RangeError(`${statistic.metric} is not a function of sums over rows`)
  const rows = scoredRows(input.rows)
  return value.kind === 'mean'
    ? measureMean(
        statistic,
        input,
        rows.map(({ cluster, stats }) => ({ cluster, value: stats[value.column]! })),
        value,
        slice,
      )
    : measureRatio(statistic, input, rows, value)
}

/** The same for values that are not rows, such as groups of items or queries. */
export function measureMean(
  statistic: Statistic,
  input: AggregateInput,
  values: readonly ClusteredValue[],
  { range, data }: Pick<Extract<ValueOfSums, { kind: 'mean' }>, 'range' | 'data'>,
  measured: Partial<Measured> = {},
): MetricValue {
  let sum = 0
  for (const { value } of values) sum += value
  return metricValue(statistic, input, {
    value: values.length === 0 ? null : sum / values.length,
    n: values.length,
    interval: meanInterval(values, { kind: data, range, level: input.level, target: 'population' }),
    ...measured,
  })
}

function measureRatio(
  statistic: Statistic,
  input: AggregateInput,
  rows: readonly ScorerRow[],
  { of, per, range: [low, high] }: Extract<ValueOfSums, { kind: 'ratio' }>,
): MetricValue {
  let sum = 0
  let units = 0
  for (const { stats } of rows) {
    sum += stats[of]!
    units += stats[per]!
  }
  // Units weigh the same whatever their item. Repeating each item's mean once per unit gives the cluster sums
  // that the interval needs. Rounding may carry a mean past its range.
  const values = rows.flatMap(({ cluster, stats }) =>
    Array.from({ length: stats[per]! }, () => ({ cluster, value: Math.min(high, Math.max(low, stats[of]! / stats[per]!)) })),
  )
  const interval = meanInterval(values, { kind: 'inner', range: [low, high], level: input.level, target: 'population' })
  // The corpus value is clamped, not its units. An interval goes through a monotone map by its ends.
  const clamp = (value: number) => Math.min(statistic.range[1] ?? Infinity, Math.max(statistic.range[0] ?? -Infinity, value))
  return metricValue(statistic, input, {
    value: units === 0 ? null : clamp(sum / units),
    n: units,
    interval: interval && { ...interval, low: clamp(interval.low), high: clamp(interval.high) },
  })
}

/** One value per label of each vocabulary that the rows have. */
export function measureSlices(statistic: Statistic, input: AggregateInput): MetricValue[] {
  return input.version.strata.flatMap(({ name, values }, stratum) =>
    values.flatMap((value, code) => {
      const codes = input.columns.strata[stratum]!
      const rows = input.rows.filter(({ ordinal }) => codes[ordinal] === code)
      let missing = 0
      for (let ordinal = input.rows.length; ordinal < codes.length; ordinal++) if (codes[ordinal] === code) missing++
      return rows.length === 0 ? [] : [measure(statistic, { ...input, rows }, { slice: `${name}=${value}`, missing })]
    }),
  )
}

/**
 * The primary statistic where it is a mean over items; null otherwise. Early stopping and
 * prediction-powered means need one.
 */
export function itemMean(statistics: readonly Statistic[]): Extract<ValueOfSums, { kind: 'mean' }> | null {
  const value = statistics.find(({ isListed }) => isListed)?.value
  return value !== undefined && value !== 'from_outputs' && value.kind === 'mean' ? value : null
}

/** Names of the metrics on the leaderboard, the primary one first. */
export function listedMetrics(statistics: readonly Statistic[]): string[] {
  return [...new Set(statistics.filter(({ isListed }) => isListed).map(({ metric }) => metric))]
}
