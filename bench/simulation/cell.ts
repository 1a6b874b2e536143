/**
 * One row of the coverage table.
 * @module
 */
import { clopperPearson } from '../../src/statistics/binomial-intervals.ts'

export interface Cell {
  readonly study: string
  readonly what: string
  /** Sample size as shown, e.g. `G = 200`. */
  readonly size: string
  /** Number of covered samples, or of false alarms, among `trials`. Exact without `trials`. */
  readonly rate: number
  readonly trials?: number
  /** The promise of this cell; absent for cells that are only published. */
  readonly gate?: Gate
  /** Data on which the earlier interval was valid. */
  readonly isOrdinary?: boolean
  /** Mean width of the intervals. */
  readonly width?: number
  /** Extra column: mean width, or its ratio to the predicted width. */
  readonly remark?: string
}

export interface Gate {
  readonly text: string
  readonly isKept: boolean
}

/** 95 % Clopper–Pearson limits of a simulated rate. */
export function monteCarloLimits({ rate, trials }: Pick<Cell, 'rate' | 'trials'>): { low: number; high: number } {
  return trials === undefined ? { low: rate, high: rate } : clopperPearson(Math.round(rate * trials), trials, 0.95)!
}

/** With fewer replicates a promise is checked only within the Monte Carlo limits. */
const FULL_REPLICATES = 10_000

/** @param trials - for a simulated rate; absent for an exact one. */
export function within(rate: number, low: number, high: number, trials?: number): Gate {
  const limits =
    trials === undefined || trials >= FULL_REPLICATES ? { low: rate, high: rate } : monteCarloLimits({ rate, trials })
  return { text: `${percent(low)}–${percent(high)}`, isKept: limits.high >= low && limits.low <= high }
}

/** The upper Monte Carlo limit of `rate` is at most `most`; with few replicates, the lower one. */
export function atMost(cell: Pick<Cell, 'rate' | 'trials'>, most: number): Gate {
  const { low, high } = monteCarloLimits(cell)
  const isFull = cell.trials === undefined || cell.trials >= FULL_REPLICATES
  return { text: `upper limit ≤ ${percent(most)}`, isKept: (isFull ? high : low) <= most }
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2).replace(/\.?0+$/, '')} %`
}

/** The rate is at least `least`, within the Monte Carlo limits. */
export function atLeast(cell: Pick<Cell, 'rate' | 'trials'>, least: number): Gate {
  return { text: `≥ ${percent(least)}`, isKept: monteCarloLimits(cell).high >= least }
}

/** The rate is at most `most`, within the Monte Carlo limits. */
export function atMostRate(cell: Pick<Cell, 'rate' | 'trials'>, most: number): Gate {
  return { text: `≤ ${percent(most)}`, isKept: monteCarloLimits(cell).low <= most }
}
