/**
 * One metric of two runs: difference, interval, test, and the units that changed.
 * @module
 */
import type { ComparisonResult } from '../contracts/comparison.ts'
import type { Comparable, ComparableCorpus, ComparableMean } from '../scorers/comparable.ts'
import { meanOfUnits, type UnitColumns } from '../scorers/unit-columns.ts'
import { columnSums } from '../statistics/column-sums.ts'
import { compareCorpora, compareMeans, type Comparison } from '../statistics/compare.ts'
import { PairColumns } from '../statistics/observations.ts'

export interface TestOptions {
  readonly level: number
  readonly seed: number
  /** Purpose of the draws. Contains no run id, so equal rows give equal numbers. */
  readonly key: string
  /** Most changed units listed per direction. */
  readonly listed: number
}

/** The part of a result that does not depend on other tests. */
export type MetricComparison = Pick<
  ComparisonResult,
  | 'n'
  | 'clusters'
  | 'baseline'
  | 'treatment_value'
  | 'difference'
  | 'interval'
  | 'test'
  | 'is_exact'
  | 'p'
  | 'minimum_detectable_effect'
> & {
  readonly improved: Changes | null
  readonly degraded: Changes | null
}

/** Units that changed in one direction, the largest changes first. */
export interface Changes {
  readonly count: number
  readonly largest: readonly ChangedUnit[]
}

/** A unit that has another value in the treatment. */
export interface ChangedUnit {
  readonly ordinal: number
  /** Index within the item; null where the item is the unit. */
  readonly part: number | null
  readonly baseline: number
  readonly treatment: number
}

/** @throws {RangeError} unless both come from the same metric over the same units. */
export function compareMetric(baseline: Comparable, treatment: Comparable, options: TestOptions): MetricComparison {
  if (baseline.kind === 'mean' && treatment.kind === 'mean') return compareUnits(baseline, treatment, options)
  if (baseline.kind === 'corpus' && treatment.kind === 'corpus') return compareSums(baseline, treatment, options)
  throw new RangeError(`${baseline.statistic.metric} is a ${baseline.kind} in one run and a ${treatment.kind} in the other`)
}

/** The interval of the difference alone, at another level. */
export function intervalAt(baseline: Comparable, treatment: Comparable, options: TestOptions): ComparisonResult['interval'] {
  return compareMetric(baseline, treatment, { ...options, listed: 0 }).interval
}

function compareUnits(baseline: ComparableMean, treatment: ComparableMean, options: TestOptions): MetricComparison {
  const { statistic, data, range, units } = baseline
  const { direction } = statistic
  requireSameUnits(statistic.metric, units, treatment.units)
  const pairs = new PairColumns(units.clusters, units.values, treatment.units.values)
  const comparison = compareMeans(pairs, { ...options, kind: data, range, direction, target: 'population' })
  const sign = direction === 'higher_is_better' ? 1 : -1
  return {
    ...measured(comparison),
    baseline: meanOfUnits(units),
    treatment_value: meanOfUnits(treatment.units),
    improved: changesOf(units, treatment.units, sign, options.listed),
    degraded: changesOf(units, treatment.units, -sign, options.listed),
  }
}

/** Both runs are read with the same items, so units that differ are an error of a scorer. */
function requireSameUnits(metric: string, first: UnitColumns, second: UnitColumns): void {
  const columns = (['ordinals', 'parts', 'clusters'] as const).map((name) => [first[name], second[name]] as const)
  const isSame =
    first.values.length === second.values.length &&
    columns.every(([a, b]) => a === b || (a !== null && b !== null && a.every((value, at) => value === b[at])))
  if (!isSame) throw new RangeError(`${metric} has other units in one run than in the other`)
}

/** @param sign - of the changes that count: 1 for values that rose, −1 for values that fell */
function changesOf(before: UnitColumns, after: UnitColumns, sign: number, listed: number): Changes {
  const changed: number[] = []
  for (let at = 0; at < before.values.length; at++) if (sign * (after.values[at]! - before.values[at]!) > 0) changed.push(at)
  const size = (at: number) => Math.abs(after.values[at]! - before.values[at]!)
  // The sort is stable: equal changes stay in ordinal order.
  const sorted = listed === 0 ? [] : changed.toSorted((a, b) => size(b) - size(a))
  const largest = sorted.slice(0, listed).map((at) => ({
    ordinal: before.ordinals[at]!,
    part: before.parts === null ? null : before.parts[at]!,
    baseline: before.values[at]!,
    treatment: after.values[at]!,
  }))
  return { count: changed.length, largest }
}

function compareSums(baseline: ComparableCorpus, treatment: ComparableCorpus, options: TestOptions): MetricComparison {
  const { statistic, width, size, unseen, value, n } = baseline
  const comparison = compareCorpora({
    ...options,
    baseline: baseline.rows,
    treatment: treatment.rows,
    width,
    size,
    unseen,
    value,
    n,
    direction: statistic.direction,
    target: 'population',
  })
  const valueOf = (rows: Float64Array) => (n === 0 ? null : value(columnSums(rows, width)))
  return {
    ...measured(comparison),
    baseline: valueOf(baseline.rows),
    treatment_value: valueOf(treatment.rows),
    improved: null,
    degraded: null,
  }
}

function measured(comparison: Comparison | null) {
  return {
    n: comparison?.n ?? 0,
    clusters: comparison?.clusters ?? 0,
    difference: comparison?.difference ?? null,
    interval: comparison?.interval ?? null,
    test: comparison?.test ?? null,
    is_exact: comparison?.isExact ?? null,
    p: comparison?.p ?? null,
    minimum_detectable_effect: comparison?.minimumDetectableEffect ?? null,
  }
}
