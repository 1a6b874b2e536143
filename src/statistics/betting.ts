/**
 * Confidence interval for the mean of bounded observations by betting: the hedged capital process of Waudby-Smith & Ramdas,
 * "Estimating means of bounded random variables by betting" (JRSS B 2024, arXiv:2010.09686).
 *
 * Valid at every sample size and for every distribution on the range, so it never has zero width. Used where the sample shows no
 * variance and a variance-based formula has nothing to stand on.
 * @module
 */
import { log } from './elementary.ts'
import { requireLevel } from './interval.ts'
import type { Bounds } from './interval.ts'

/** A bet may lose at most this share of the capital in one round (the paper's c). */
const LARGEST_STAKE = 0.75
/** Halvings of [0, 1] when an end is located: to the last bit. */
const BISECTIONS = 60

/**
 * @param values independent observations in the order of betting (here: cluster means, clusters ascending), each in `range`.
 * @returns bounds within `range`; the whole range for no values.
 * @throws {RangeError} for an empty range, a value outside it, or a level outside (0, 1).
 */
export function bettingInterval(values: Float64Array, range: readonly [number, number], level: number): Bounds {
  requireLevel(level)
  const [least, greatest] = range
  const width = greatest - least
  if (!(width > 0)) throw new RangeError(`[${least}, ${greatest}] is no range`)
  const unit = values.map((value) => {
    if (!(value >= least && value <= greatest)) throw new RangeError(`${value} lies outside [${least}, ${greatest}]`)
    return (value - least) / width
  })
  const stakes = predictableStakes(unit, level)
  const mirrored = unit.map((value) => 1 - value)
  return {
    low: least + width * lowerEnd(unit, stakes, level),
    high: greatest - width * lowerEnd(mirrored, stakes, level),
  }
}

/** λ_i = √(2 ln(2/α) / (n σ̂²_{i−1})), with the paper's shrunken predictable variance. The same for x and 1 − x. */
function predictableStakes(values: Float64Array, level: number): Float64Array {
  const scale = (2 * log(2 / (1 - level))) / values.length
  let sum = 0.5
  let squares = 0.25
  return values.map((value, i) => {
    const stake = Math.sqrt(scale / (squares / (i + 1)))
    sum += value
    const deviation = value - sum / (i + 2)
    squares += deviation * deviation
    return stake
  })
}

/** The least mean m that the bets "the mean is above m" have not ruined: capital decreases in m, so bisection finds it. */
function lowerEnd(values: Float64Array, stakes: Float64Array, level: number): number {
  const ruin = 2 / (1 - level)
  let low = 0
  let high = 1
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2
    if (reaches(values, stakes, middle, ruin)) low = middle
    else high = middle
  }
  return low
}

/** Whether the capital Π (1 + min(λ_i, c/m)(x_i − m)) reaches `ruin` at any time. */
function reaches(values: Float64Array, stakes: Float64Array, m: number, ruin: number): boolean {
  let capital = 1
  for (let i = 0; i < values.length; i++) {
    capital *= 1 + Math.min(stakes[i]!, LARGEST_STAKE / m) * (values[i]! - m)
    if (capital >= ruin) return true
  }
  return false
}
