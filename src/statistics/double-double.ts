/**
 * Unevaluated sums hi + lo of two Float64 (about 106 bits), where one rounding too many would show.
 *
 * Without a fused multiply-add, so any IEEE 754 engine gives the same bits. Source: Dekker, "A floating-point
 * technique for extending the available precision" (1971); Knuth, TAOCP vol. 2, 4.2.2.
 * @module
 */

/** hi + lo with |lo| ≤ ulp(hi)/2. */
export interface DoubleDouble {
  readonly hi: number
  readonly lo: number
}

const SPLITTER = 134217729 // 2^27 + 1

/** a + b exactly. */
export function twoSum(a: number, b: number): DoubleDouble {
  const hi = a + b
  const bRounded = hi - a
  return { hi, lo: a - (hi - bRounded) + (b - bRounded) }
}

/** a · b exactly, for |a|, |b| < 2^996 and no underflow. */
export function twoProduct(a: number, b: number): DoubleDouble {
  const hi = a * b
  const aScaled = SPLITTER * a
  const aHigh = aScaled - (aScaled - a)
  const aLow = a - aHigh
  const bScaled = SPLITTER * b
  const bHigh = bScaled - (bScaled - b)
  const bLow = b - bHigh
  return { hi, lo: aLow * bLow - (hi - aHigh * bHigh - aLow * bHigh - aHigh * bLow) }
}

export function addDouble(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = twoSum(a.hi, b.hi)
  return twoSum(high.hi, high.lo + (a.lo + b.lo))
}

export function multiplyDouble(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = twoProduct(a.hi, b.hi)
  return twoSum(high.hi, high.lo + (a.hi * b.lo + a.lo * b.hi))
}

export function divideDouble(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a.hi / b.hi
  const back = multiplyDouble({ hi: first, lo: 0 }, b)
  const remainder = a.hi - back.hi - back.lo + a.lo
  return twoSum(first, remainder / b.hi)
}
