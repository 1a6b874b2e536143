/**
 * One metric of two runs: difference, interval, test, and the units that changed.
 * @module
 */
import type { ComparisonResult } from '../contracts/comparison.ts'
import { type Comparable, type ComparableCorpus, type ComparableMean, meanOf, type UnitValue } from '../scorers/comparable.ts'
import { columnSums } from '../statistics/column-sums.ts'
import { compareCorpora, compareMeans, type Comparison } from '../statistics/compare.ts'
import { pairById } from '../statistics/pairing.ts'

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
  readonly largest: readonly { readonly unit: UnitValue; readonly treatment: number }[]
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
  const { statistic, data, range } = baseline
  const { direction } = statistic
  const pairs = pairById(baseline.values, treatment.values)
  const comparison = compareMeans(pairs, { ...options, kind: data, range, direction, target: 'population' })
  const changes = baseline.values.flatMap((unit, index) => {
    const gain = pairs[index]!.treatment - unit.value
    return gain === 0 ? [] : [{ unit, treatment: pairs[index]!.treatment, gain: direction === 'higher_is_better' ? gain : -gain }]
  })
  return {
    ...measured(comparison),
    baseline: meanOf(baseline.values),
    treatment_value: meanOf(treatment.values),
    improved: largest(
      changes.filter(({ gain }) => gain > 0),
      options.listed,
    ),
    degraded: largest(
      changes.filter(({ gain }) => gain < 0),
      options.listed,
    ),
  }
}

function largest(changes: readonly { unit: UnitValue; treatment: number; gain: number }[], listed: number): Changes {
  // The sort is stable: equal changes stay in ordinal order.
  const sorted = changes.toSorted((a, b) => Math.abs(b.gain) - Math.abs(a.gain))
  return { count: changes.length, largest: sorted.slice(0, listed).map(({ unit, treatment }) => ({ unit, treatment })) }
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
