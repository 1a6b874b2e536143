/**
 * The part of a run that a paired comparison needs: one value per unit, or sums per cluster. A scorer
 * declares it beside its statistics, so that both come from the same rows.
 * @module
 */
import type { UnseenCluster } from '../statistics/bounded-corpus.ts'
import type { ValueRange } from '../statistics/interval.ts'
import type { IdentifiedValue } from '../statistics/pairing.ts'
import { type AggregateInput, type ScorerRow, scoredRows } from './aggregate-input.ts'
import type { Statistic } from './statistic.ts'

/** The value of one unit: an item, a caption of an item, or a group of items. */
export interface UnitValue extends IdentifiedValue {
  /** The item; for a group its first item. */
  readonly ordinal: number
  /** Index of the unit within its item; absent where the item is the unit. */
  readonly part?: number
}

/** A metric that is a mean over units. */
export interface ComparableMean {
  readonly kind: 'mean'
  readonly statistic: Statistic
  readonly data: 'binary' | 'bounded'
  /** Range of a unit's value; null ends for a similarity, whose observed differences give the bounds. */
  readonly range: ValueRange
  /** In ordinal order. */
  readonly values: readonly UnitValue[]
}

/** A metric of a whole corpus: a function of sums over clusters. */
export interface ComparableCorpus {
  readonly kind: 'corpus'
  readonly statistic: Statistic
  /** Number of items. */
  readonly n: number
  /** `width` Float64 per cluster, clusters ascending. */
  readonly rows: Float64Array
  readonly width: number
  /** Column that holds a cluster's size. */
  readonly size: number
  readonly unseen: (ordinary: Float64Array) => UnseenCluster
  readonly value: (sums: Float64Array) => number
}

export type Comparable = ComparableMean | ComparableCorpus

/** The mean of values, in their order; null without values. */
export function meanOf(values: readonly IdentifiedValue[]): number | null {
  let sum = 0
  for (const { value } of values) sum += value
  return values.length === 0 ? null : sum / values.length
}

/**
 * Comparables of the statistics that are functions of columns. Each scored item is a unit; under a ratio each
 * unit of the item, with the item's mean.
 */
export function comparablesOfColumns(statistics: readonly Statistic[], input: AggregateInput): Comparable[] {
  const rows = scoredRows(input.rows)
  return statistics.flatMap((statistic): Comparable[] => {
    const { value } = statistic
    if (value === 'from_outputs') return []
    if (value.kind === 'mean') {
      const { data, range } = value
      return [{ kind: 'mean', statistic, data, range, values: rows.map((row) => unitOf(row, row.stats[value.column]!)) }]
    }
    const values = rows.flatMap((row) => {
      const units = row.stats[value.per]!
      return Array.from({ length: units }, (_, part) => unitOf(row, row.stats[value.of]! / units, part))
    })
    return [{ kind: 'mean', statistic, data: 'bounded', range: [null, null], values }]
  })
}

/** The unit of an item, or of one of its parts. */
export function unitOf({ ordinal, cluster }: Pick<ScorerRow, 'ordinal' | 'cluster'>, value: number, part?: number): UnitValue {
  return part === undefined
    ? { id: String(ordinal), ordinal, cluster, value }
    : { id: `${ordinal}/${part}`, ordinal, part, cluster, value }
}
