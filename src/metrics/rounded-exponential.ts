/**
 * e^x and BLEU's roots, rounded to the nearest Float64, as in glibc.
 *
 * Rank correlations count exact ties between scores, so BLEU's roots must equal Python's to the last bit. An
 * error of one unit, which `statistics/elementary.ts` allows, moves a τ by 1e-8.
 * @module
 */
import { addDouble, type DoubleDouble, multiplyDouble, twoProduct, twoSum } from '../statistics/double-double.ts'
import { log, pow } from '../statistics/elementary.ts'

const LN2: DoubleDouble = { hi: 0.6931471805599453, lo: 2.3190468138462996e-17 }
/** Number of halvings of the argument before the series, and of squarings of the result. */
const HALVINGS = 8
const TERMS = 10
/** 1/3 minus the Float64 nearest to it. */
const BELOW_ONE_THIRD = 1.850371707708594e-17

/** e^x, correctly rounded, except for arguments whose result lies within about 1e-29 of a halfway point. */
export function roundedExp(x: number): number {
  if (!(x > -700 && x < 700)) return x < 0 ? 0 : Math.exp(x)
  const { hi, lo } = exponentialDouble({ hi: x, lo: 0 })
  return hi + lo
}

/**
 * `x ** (1 / 3)` of a positive x, with the Float64 below one third as exponent, equally rounded. One Newton
 * step from `pow`.
 */
export function roundedPowThird(x: number): number {
  const y = pow(x, 1 / 3)
  const square = twoProduct(y, y)
  const cube = multiplyDouble(square, { hi: y, lo: 0 })
  const target = x * 3 * BELOW_ONE_THIRD * log(x)
  return y + (x - cube.hi - cube.lo - target) / (3 * square.hi)
}

/** The fourth root of a positive x, equally rounded. */
export function roundedFourthRoot(x: number): number {
  const y = Math.sqrt(Math.sqrt(x))
  const square = twoProduct(y, y)
  const fourth = multiplyDouble(square, square)
  return y + (x - fourth.hi - fourth.lo) / (4 * square.hi * y)
}

function exponentialDouble(x: DoubleDouble): DoubleDouble {
  const k = Math.round(x.hi / LN2.hi)
  const multiple = multiplyDouble({ hi: k, lo: 0 }, LN2)
  const reduced = addDouble(x, { hi: -multiple.hi, lo: -multiple.lo })
  const r = { hi: reduced.hi / 2 ** HALVINGS, lo: reduced.lo / 2 ** HALVINGS }
  // e^r - 1 by Horner's rule, squared as (1 + s)² - 1 = 2s + s²
  let series: DoubleDouble = { hi: 1, lo: 0 }
  for (let n = TERMS; n >= 2; n--) series = addDouble({ hi: 1, lo: 0 }, multiplyDouble(divideBy(r, n), series))
  let less1 = multiplyDouble(r, series)
  for (let i = 0; i < HALVINGS; i++) less1 = addDouble({ hi: 2 * less1.hi, lo: 2 * less1.lo }, multiplyDouble(less1, less1))
  const { hi, lo } = addDouble({ hi: 1, lo: 0 }, less1)
  return { hi: scale(hi, k), lo: scale(lo, k) }
}

function divideBy({ hi, lo }: DoubleDouble, divisor: number): DoubleDouble {
  const quotient = hi / divisor
  const product = twoProduct(quotient, divisor)
  return twoSum(quotient, (hi - product.hi - product.lo + lo) / divisor)
}

/** Scales by two exact powers of two, so that neither overflows. */
function scale(value: number, k: number): number {
  const half = Math.trunc(k / 2)
  return value * 2 ** half * 2 ** (k - half)
}
