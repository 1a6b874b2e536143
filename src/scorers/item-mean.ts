/**
 * The scorer that a stopping rule or a prediction-powered estimate names: its primary statistic must be a
 * mean over items.
 * @module
 */
import type { BoundScorer } from './scorer.ts'
import { itemMean } from './statistic.ts'

/** Place of the mean among a run's rows. */
export interface ItemMean {
  /** Index of the scorer. */
  readonly index: number
  /** Index into the scorer's columns. */
  readonly column: number
  /** Least and greatest score of an item. */
  readonly range: readonly [low: number, high: number]
}

/** @returns a sentence where there is no such scorer, or its value is not a mean over items. */
export function findMean(scorers: readonly BoundScorer[], name: string): ItemMean | string {
  const index = scorers.findIndex((scorer) => scorer.name === name)
  const scorer = scorers[index]
  if (scorer === undefined) return `there is no criterion called ${JSON.stringify(name)}`
  const mean = itemMean(scorer.statistics)
  if (mean === null) return `criterion ${name} (${scorer.type}) is not a mean over items; name one that is`
  return { index, column: mean.column, range: mean.range }
}

/** {@link findMean} for a planned run. @throws {RangeError} with the sentence. */
export function meanOf(scorers: readonly BoundScorer[], name: string): ItemMean {
  const found = findMean(scorers, name)
  if (typeof found === 'string') throw new RangeError(found)
  return found
}
