/**
 * `log`, `log1p`, `exp` and `pow` from + − × ÷ alone.
 *
 * ECMAScript leaves the last bits of Math.log, Math.exp and Math.pow to the engine, and reports must not
 * depend on the engine. Every function here is within 1 ulp of the true value, except `log1p` (1.5 ulp), with
 * the same bits everywhere (tested against stored bits).
 *
 * Method: x = 2^k · m with m in [√½, √2); log m = 2 artanh(s), s = (m − 1)/(m + 1), by its Taylor series,
 * which needs no fitted coefficients; exp by reduction modulo ln 2 and its Taylor series. `pow` carries the
 * logarithm as a double-double.
 * @module
 */
import { addDouble, divideDouble, multiplyDouble, twoProduct, twoSum } from './double-double.ts'
import type { DoubleDouble } from './double-double.ts'

/**
 * ln 2 in three pieces: the first two have enough trailing zero bits that k · piece is exact for |k| ≤ 2^11.
 */
const LN2_HIGH = 0.6931471803691238 // 0x3fe62e42fee00000
const LN2_LOW = 1.9082149292705877e-10 // ln 2 − LN2_HIGH to 53 bits
const LN2: DoubleDouble = { hi: 0.6931471805599453, lo: 2.3190468138462996e-17 }
const INVERSE_LN2 = 1.4426950408889634
const MANTISSA_OF_SQRT2 = 0x6a09e

/** 2^k at index k + 1074, exact. */
const POWERS_OF_TWO = powersOfTwo()
/** 1/(2n + 1): the coefficients of artanh(s)/s in s². */
const ARTANH = Array.from({ length: 13 }, (_, n) => divideDouble({ hi: 1, lo: 0 }, { hi: 2 * n + 1, lo: 0 }))
/** 1/n! for n = 0…14, from the exact factorials (14! < 2^53). */
const INVERSE_FACTORIAL = inverseFactorials(14)

/** A Float64 and its two words; which of them is the high one depends on the machine's byte order. */
const scratch = new Float64Array(1)
const scratchWords = new Uint32Array(scratch.buffer)
scratch[0] = 1
const HIGH_WORD = scratchWords[1] === 0 ? 0 : 1

/** Natural logarithm. log(±0) = −∞, NaN below 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN
  if (x === Infinity) return Infinity
  const k = decompose(x)
  const f = scratch[0]! - 1
  const s = f / (2 + f)
  const z = s * s
  // 2 artanh(s) = 2s + s·r, and 2s = f − f²/2 + s·f²/2: f is exact where s is not.
  // Two chains, for the processor to run side by side.
  const w = z * z
  const odd = z * (1 / 3 + w * (1 / 7 + w * (1 / 11 + w * (1 / 15 + w * (1 / 19 + w * (1 / 23))))))
  const even = w * (1 / 5 + w * (1 / 9 + w * (1 / 13 + w * (1 / 17 + w * (1 / 21)))))
  const r = 2 * (odd + even)
  const halfSquare = 0.5 * f * f
  return k * LN2_HIGH - (halfSquare - (s * (halfSquare + r) + k * LN2_LOW) - f)
}

/** log(1 + x), accurate near 0. −∞ at −1, NaN below. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN
  const sum = 1 + x
  if (sum === 1 || x === Infinity) return x
  // First-order correction for the rounding of 1 + x.
  const lost = x < 1 ? x - (sum - 1) : 1 - (sum - x)
  return log(sum) + lost / sum
}

/** e^x. Overflows to Infinity, underflows gradually to 0. */
export function exp(x: number): number {
  if (!(x > -746)) return x !== x ? NaN : 0
  if (x > 709.79) return Infinity
  return exponential(x, 0)
}

/** x^y with the special cases of ECMAScript's `**`. Exact where the result is representable. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1
  if (x !== x || y !== y) return NaN
  const size = Math.abs(x)
  if (y === Infinity || y === -Infinity) {
    if (size === 1) return NaN
    return size > 1 === y > 0 ? Infinity : 0
  }
  const isOdd = Math.abs(y) < 2 ** 53 && y % 2 !== 0 && y % 1 === 0
  const isNegative = x < 0 || Object.is(x, -0)
  const sign = isNegative && isOdd ? -1 : 1
  if (size === 0) return sign * (y > 0 ? 0 : Infinity)
  if (size === Infinity) return sign * (y > 0 ? Infinity : 0)
  if (x < 0 && y % 1 !== 0) return NaN
  if (size === 1) return sign
  if (y === 0.5) return Math.sqrt(x)
  const logarithm = logDouble(size)
  const estimate = y * logarithm.hi
  if (estimate > 710) return sign * Infinity
  if (estimate < -746) return sign < 0 ? -0 : 0
  const high = twoProduct(y, logarithm.hi)
  const power = twoSum(high.hi, high.lo + y * logarithm.lo)
  return sign * exponential(power.hi, power.lo)
}

/** e^(x + tail), |tail| ≤ ulp(x). */
function exponential(x: number, tail: number): number {
  const k = Math.floor(x * INVERSE_LN2 + 0.5)
  const reduced = x - k * LN2_HIGH
  const correction = k * LN2_LOW - tail
  const r = reduced - correction
  const rLow = reduced - r - correction
  let series = INVERSE_FACTORIAL[14]!
  for (let n = 13; n >= 2; n--) series = INVERSE_FACTORIAL[n]! + r * series
  const leading = 1 + r
  const lost = r - (leading - 1)
  return scaleByPowerOfTwo(leading + (lost + (rLow + r * r * series)), k)
}

/** ln x of a positive finite x to about 100 bits. */
function logDouble(x: number): DoubleDouble {
  const exponent = decompose(x)
  const mantissa = scratch[0]!
  const s = divideDouble({ hi: mantissa - 1, lo: 0 }, twoSum(mantissa, 1))
  const z = multiplyDouble(s, s)
  let series = ARTANH[12]!
  for (let n = 11; n >= 0; n--) series = addDouble(ARTANH[n]!, multiplyDouble(z, series))
  const logMantissa = multiplyDouble({ hi: 2 * s.hi, lo: 2 * s.lo }, series)
  if (exponent === 0) return logMantissa
  return addDouble(multiplyDouble({ hi: exponent, lo: 0 }, LN2), logMantissa)
}

/**
 * Leaves in `scratch` the m in [√½, √2) of x = 2^k · m, for positive finite x.
 * @returns k. Not a pair: an allocation would dominate the cost of `log`.
 */
function decompose(x: number): number {
  const isSubnormal = x < 2.2250738585072014e-308
  scratch[0] = isSubnormal ? x * 18014398509481984 : x
  const high = scratchWords[HIGH_WORD]!
  const fraction = high & 0xfffff
  const isUpper = fraction >= MANTISSA_OF_SQRT2 ? 1 : 0
  scratchWords[HIGH_WORD] = fraction | ((1023 - isUpper) << 20)
  return (high >>> 20) - 1023 + isUpper - (isSubnormal ? 54 : 0)
}

/** y · 2^k rounded once, for y in [½, 2). */
function scaleByPowerOfTwo(y: number, k: number): number {
  if (k > 1023) return y * POWERS_OF_TWO[1023 + 1074]! * POWERS_OF_TWO[k - 1023 + 1074]!
  if (k >= -1022) return y * POWERS_OF_TWO[k + 1074]!
  return y * POWERS_OF_TWO[-1000 + 1074]! * POWERS_OF_TWO[k + 1000 + 1074]!
}

function powersOfTwo(): Float64Array {
  const table = new Float64Array(1074 + 1024)
  table[1074] = 1
  for (let k = 1; k <= 1023; k++) table[1074 + k] = 2 * table[1074 + k - 1]!
  for (let k = 1; k <= 1074; k++) table[1074 - k] = table[1074 - k + 1]! / 2
  return table
}

function inverseFactorials(last: number): Float64Array {
  const table = new Float64Array(last + 1)
  let factorial = 1
  table[0] = 1
  for (let n = 1; n <= last; n++) {
    factorial *= n
    table[n] = 1 / factorial
  }
  return table
}
