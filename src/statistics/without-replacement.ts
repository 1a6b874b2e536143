/**
 * Anytime-valid bounds for the mean of a finite dataset from a prefix of its random order: a confidence
 * sequence for sampling without replacement, by betting.
 *
 * Source: Waudby-Smith & Ramdas, "Confidence sequences for sampling without replacement" (NeurIPS 2020,
 * arXiv:2006.04347) for the conditional mean; "Estimating means of bounded random variables by betting"
 * (arXiv:2010.09686) for the hedged capital process and its predictable bets. With probability `level` the
 * mean lies within the bounds at every prefix at once, so a look after every item costs nothing.
 * @module
 */
import { log, log1p } from './elementary.ts'
import { requireLevel } from './interval.ts'
import type { Bounds } from './interval.ts'

/** Largest share of the capital that one bet may lose (the paper's c). */
const LARGEST_STAKE = 0.75
/** Halvings of [0, 1] per end. */
const BISECTIONS = 50
/** A conditional mean further below 0 is impossible; closer to 0 it is rounding. */
const ROUNDING = 1e-9

/** The first items of a dataset in hash order. */
export interface Prefix {
  /** One value per item, within `range`; values of errored items are not read. */
  readonly values: ArrayLike<number>
  /**
   * Non-zero for errored items, which count as the least value in the lower bound and the greatest in the
   * upper.
   */
  readonly errored?: ArrayLike<number>
  /** Items of the whole dataset, N. */
  readonly populationSize: number
  readonly range: readonly [number, number]
}

/**
 * Bounds on the mean over all N items: the intersection over every prefix up to this one, so bounds never
 * widen. At N items without errors they meet.
 * @throws {RangeError} for an empty range, a value outside it, more values than N, or a level outside (0, 1).
 */
export function withoutReplacementBounds(prefix: Prefix, level: number): Bounds {
  requireLevel(level)
  const [least, greatest] = prefix.range
  const width = greatest - least
  const unit = unitValues(prefix)
  const low = lowerEnd(unit, prefix.populationSize, level)
  const high = 1 - lowerEnd(mirrored(unit), prefix.populationSize, level)
  // The ends cross only if one of them is already wrong, with probability at most 1 − level.
  return { low: least + width * Math.min(low, high), high: least + width * Math.max(low, high) }
}

/**
 * Whether any prefix up to this one excludes `mean` as the dataset's mean, in O(n).
 * @throws {RangeError} as {@link withoutReplacementBounds}.
 */
export function excludesMean(prefix: Prefix, mean: number, level: number): boolean {
  requireLevel(level)
  const [least, greatest] = prefix.range
  const m = (mean - least) / (greatest - least)
  const unit = unitValues(prefix)
  const other = mirrored(unit)
  const ruin = 2 / (1 - level)
  const n = prefix.populationSize
  return reaches(unit, stakesOf(unit, level), n, m, ruin) || reaches(other, stakesOf(other, level), n, 1 - m, ruin)
}

/** Values scaled to [0, 1]; NaN where errored. */
function unitValues({ values, errored, populationSize, range: [least, greatest] }: Prefix): Float64Array {
  if (!(greatest > least)) throw new RangeError(`[${least}, ${greatest}] is not a range`)
  if (values.length > populationSize) throw new RangeError(`${values.length} items of a dataset of ${populationSize}`)
  return Float64Array.from({ length: values.length }, (_, i) => {
    if (errored?.[i]) return NaN
    const value = values[i]!
    if (!(value >= least && value <= greatest)) throw new RangeError(`item ${i} is ${value}, outside [${least}, ${greatest}]`)
    return (value - least) / (greatest - least)
  })
}

function mirrored(unit: Float64Array): Float64Array {
  return unit.map((value) => 1 - value)
}

/** The least mean that no prefix excludes; errored items (NaN) count 0. */
function lowerEnd(unit: Float64Array, populationSize: number, level: number): number {
  const stakes = stakesOf(unit, level)
  const ruin = 2 / (1 - level)
  let sum = 0
  for (const value of unit) sum += orZero(value)
  // The rest of the dataset cannot be below 0.
  let low = sum / populationSize
  if (unit.length === populationSize) return low
  if (!reaches(unit, stakes, populationSize, low, ruin)) return low
  let high = 1
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2
    if (reaches(unit, stakes, populationSize, middle, ruin)) low = middle
    else high = middle
  }
  return low
}

/** λ_t = √(2 ln(2/α) / (σ̂²_{t−1} t ln(1 + t))), variance from the values before t, shrunk towards ¼. */
function stakesOf(unit: Float64Array, level: number): Float64Array {
  const scale = 2 * log(2 / (1 - level))
  let sum = 0.5
  let squares = 0.25
  return unit.map((raw, i) => {
    const value = orZero(raw)
    const t = i + 1
    const stake = Math.sqrt(scale / ((squares / t) * t * log1p(t)))
    sum += value
    const deviation = value - sum / (t + 1)
    squares += deviation * deviation
    return stake
  })
}

/**
 * Whether the capital of bets on "the mean is above m" reaches `ruin`. The t-th item is compared with the
 * mean that m leaves for the items from t on. Capital decreases in m.
 */
function reaches(unit: Float64Array, stakes: Float64Array, populationSize: number, m: number, ruin: number): boolean {
  let capital = 1
  let left = populationSize * m
  for (let i = 0; i < unit.length; i++) {
    const conditional = left / (populationSize - i)
    if (conditional < -ROUNDING) return true
    const mean = Math.max(0, conditional)
    const value = orZero(unit[i]!)
    capital *= 1 + Math.min(stakes[i]!, LARGEST_STAKE / mean) * (value - mean)
    if (capital >= ruin) return true
    left -= value
  }
  return false
}

function orZero(value: number): number {
  return value !== value ? 0 : value
}
