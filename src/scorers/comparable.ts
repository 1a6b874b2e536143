/**
 * The part of a run that a paired comparison needs: one value per unit, or sums per cluster. A scorer
 * declares it beside its statistics, so that both come from the same rows.
 * @module
 */
import type { UnseenCluster } from '../statistics/bounded-corpus.ts'
import type { ValueRange } from '../statistics/interval.ts'
import { type AggregateInput, type ScorerRow, scoredRows } from './aggregate-input.ts'
import type { Statistic } from './statistic.ts'
import { type UnitColumns, UnitsBuilder } from './unit-columns.ts'

/** A metric that is a mean over units. */
export interface ComparableMean {
  readonly kind: 'mean'
  readonly statistic: Statistic
  readonly data: 'binary' | 'bounded'
  /** Range of a unit's value; null ends for a similarity, whose observed differences give the bounds. */
  readonly range: ValueRange
  readonly units: UnitColumns
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

/** A metric whose units are being collected. */
interface CollectedMean {
  readonly comparable: Omit<ComparableMean, 'units'>
  readonly units: UnitsBuilder
  readonly add: (row: ScorerRow) => void
}

/**
 * Collects the comparables of the statistics that are functions of columns, from rows in ordinal order. Each
 * scored item is a unit; under a ratio each unit of the item, with the item's mean.
 */
export class ColumnComparables {
  readonly #collected: readonly CollectedMean[]

  constructor(statistics: readonly Statistic[]) {
    this.#collected = statistics.flatMap((statistic): CollectedMean[] => {
      const { value } = statistic
      if (value === 'from_outputs') return []
      const units = new UnitsBuilder()
      if (value.kind === 'mean') {
        const { data, range, column } = value
        const add = ({ ordinal, cluster, stats }: ScorerRow) => units.add(ordinal, cluster, stats[column]!)
        return [{ comparable: { kind: 'mean', statistic, data, range }, units, add }]
      }
      const add = ({ ordinal, cluster, stats }: ScorerRow) => {
        const parts = stats[value.per]!
        for (let part = 0; part < parts; part++) units.add(ordinal, cluster, stats[value.of]! / parts, part)
      }
      return [{ comparable: { kind: 'mean', statistic, data: 'bounded', range: [null, null] }, units, add }]
    })
  }

  /** Adds the next rows. */
  add(rows: readonly ScorerRow[]): void {
    for (const row of scoredRows(rows)) for (const { add } of this.#collected) add(row)
  }

  done(): Comparable[] {
    return this.#collected.map(({ comparable, units }) => ({ ...comparable, units: units.done() }))
  }
}

/** Comparables of the statistics that are functions of columns, from all rows at once. */
export function comparablesOfColumns(statistics: readonly Statistic[], { rows }: Pick<AggregateInput, 'rows'>): Comparable[] {
  const collected = new ColumnComparables(statistics)
  collected.add(rows)
  return collected.done()
}
