/**
 * The share of items that pass a grader.
 * @module
 */
import type { Statistic } from '../statistic.ts'

/** @param column - of the row, 1 for an item that passes and 0 for another */
export function passRate(variant: string, column: number, isListed: boolean): Statistic {
  return {
    metric: 'pass_rate',
    variant,
    direction: 'higher_is_better',
    range: [0, 1],
    unit: 'fraction',
    definition: null,
    isListed,
    value: { kind: 'mean', column, range: [0, 1], data: 'binary' },
  }
}
