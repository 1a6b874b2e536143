/**
 * Distribution functions of the intervals and tests: normal, binomial, beta and Student t, from
 * `elementary.ts` alone.
 *
 * Relative accuracy about 1e-13 (tested against scipy), tails included; quantiles solve their own
 * distribution function.
 * @module
 */
import { exp, log, log1p } from './elementary.ts'
import { twoProduct } from './double-double.ts'

const HALF_LOG_2PI = 0.9189385332046728
const SQRT_2PI = 2.5066282746310002
const TWO_OVER_SQRT_PI = 1.1283791670955126
const SQRT_HALF = 0.7071067811865476
/** B₂ₖ / (2k(2k − 1)): Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]
const SMALLEST = 1e-300
const EPSILON = 2.220446049250313e-16
/** A Newton step this small (relative) squares to below the rounding error. */
const CONVERGED = 1e-10

/**
 * Error of Stirling's formula: ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π, for x > 0. Source: Loader, "Fast and
 * accurate computation of binomial probabilities" (2000).
 */
function stirlingError(x: number): number {
  let shifted = x
  let sum = 0
  // δ(x) − δ(x + 1) = (x + ½) ln(1 + 1/x) − 1, up to where the series holds.
  for (; shifted < 16; shifted++) sum += (shifted + 0.5) * log1p(1 / shifted) - 1
  const inverse = 1 / shifted
  const square = inverse * inverse
  let series = 0
  for (let k = STIRLING.length - 1; k >= 0; k--) series = STIRLING[k]! + square * series
  return sum + inverse * series
}

/** ln Γ(x) for x > 0; absolute error about 1e-14 · max(1, |result|). @internal */
export function lgamma(x: number): number {
  if (!(x > 0)) return x === 0 ? Infinity : NaN
  if (x === Infinity) return Infinity
  return (x - 0.5) * log(x) - x + HALF_LOG_2PI + stirlingError(x)
}

/** Φ(z), relative accuracy also far in the lower tail. */
export function normalCdf(z: number): number {
  return 0.5 * complementaryError(-z * SQRT_HALF, z)
}

/** Density of the standard normal. */
function normalDensity(z: number): number {
  return exp(-0.5 * z * z) / SQRT_2PI
}

/**
 * Φ⁻¹(p). ∓∞ at 0 and 1.
 * @throws {RangeError} for p outside [0, 1].
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability must lie in [0, 1], not ${p}`)
  if (p === 0.5) return 0
  if (p > 0.5) return -lowerNormalQuantile(1 - p)
  return lowerNormalQuantile(p)
}

function lowerNormalQuantile(p: number): number {
  if (p === 0) return -Infinity
  // Start: Abramowitz & Stegun 26.2.23, error below 4.5e-4; then Halley's method.
  const t = Math.sqrt(-2 * log(p))
  let z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
  for (let step = 0; step < 3; step++) {
    const newton = (normalCdf(z) - p) / normalDensity(z)
    z -= newton / (1 + (z * newton) / 2)
  }
  return z
}

/** erfc(x); `exponent` = √2 · x up to sign, so that e^(−x²) is taken from the caller's exact argument. */
function complementaryError(x: number, exponent: number): number {
  if (x !== x) return NaN
  const size = Math.abs(x)
  if (size > 27.3) return x > 0 ? 0 : 2
  const square = twoProduct(exponent, exponent)
  const gaussian = exp(-0.5 * square.hi) * (1 - 0.5 * square.lo)
  if (size < 2) {
    // erf(x) = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n + 1)!!, all terms positive.
    let term = size
    let sum = size
    for (let n = 1; term > sum * (EPSILON / 4); n++) {
      term *= (2 * size * size) / (2 * n + 1)
      sum += term
    }
    const error = TWO_OVER_SQRT_PI * gaussian * sum
    return x > 0 ? 1 - error : 1 + error
  }
  // erfc(x) = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))), from the tail inwards.
  let fraction = size
  for (let n = 60; n >= 1; n--) fraction = size + (0.5 * n) / fraction
  const tail = (0.5 * TWO_OVER_SQRT_PI * gaussian) / fraction
  return x > 0 ? tail : 2 - tail
}

/**
 * Loader's deviance part x ln(x/m) + m − x ≥ 0, without cancellation near x = m. For x, m > 0; `difference` =
 * x − m.
 */
function deviance(x: number, m: number, difference: number): number {
  if (Math.abs(difference) > 0.1 * (x + m)) return x * log(x / m) - difference
  const v = difference / (x + m)
  let sum = difference * v
  let term = 2 * x * v
  // v² ≤ 0.01 here, so ten terms suffice; the bound also ends the loop for NaN.
  for (let j = 3; j < 100; j += 2) {
    term *= v * v
    const next = sum + term / j
    if (next === sum) return sum
    sum = next
  }
  return sum
}

/** x^a (1 − x)^b / B(a, b) with y = 1 − x given exactly. */
function betaKernel(x: number, y: number, a: number, b: number): number {
  const n = a + b
  const difference = a * y - b * x
  const logRest =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x, difference) - deviance(b, n * y, -difference)
  return (Math.sqrt(a * (b / n)) / SQRT_2PI) * exp(logRest)
}

/**
 * Regularized incomplete beta function I_x(a, b) for a, b > 0.
 * @param complement 1 − x, if the caller has it more accurately than the subtraction gives it.
 * @throws {RangeError} for x outside [0, 1].
 */
export function incompleteBeta(x: number, a: number, b: number, complement = 1 - x): number {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`incomplete beta needs x in [0, 1], not ${x}`)
  if (x === 0) return 0
  if (complement === 0) return 1
  if (a * complement >= b * x) return incompleteBetaByFraction(x, complement, a, b)
  return 1 - incompleteBetaByFraction(complement, x, b, a)
}

/**
 * Lentz's evaluation of the continued fraction of Didonato & Morris, "Algorithm 708" (ACM TOMS 1992), for x ≤
 * a/(a + b). a − (a + b)x comes from an exact y = 1 − x of the caller, so nothing cancels for large a or b.
 */
function incompleteBetaByFraction(x: number, y: number, a: number, b: number): number {
  const excess = 1 + a * y - b * x
  let fraction = (a / (a + 1)) * excess
  let c = fraction
  let d = 0
  for (let n = 1; n <= 100_000; n++) {
    const s = a + 2 * n - 1
    const weight = n * (b - n) * x
    const numerator = ((a + n - 1) / s) * ((a + b + n - 1) / s) * weight * x
    const denominator = n + weight / s + ((a + n) / (s + 2)) * (excess + n * (1 + y))
    d = 1 / awayFromZero(denominator + numerator * d)
    c = awayFromZero(denominator + numerator / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < EPSILON) break
  }
  return betaKernel(x, y, a, b) / fraction
}

function awayFromZero(x: number): number {
  return Math.abs(x) < SMALLEST ? SMALLEST : x
}

/**
 * The x with I_x(a, b) = p, by Newton's method kept inside a shrinking bracket.
 * @throws {RangeError} for p outside [0, 1].
 */
export function inverseIncompleteBeta(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability must lie in [0, 1], not ${p}`)
  if (p === 0 || p === 1) return p
  let low = 0
  let high = 1
  let x = a / (a + b)
  for (let step = 0; step < 200; step++) {
    const excess = incompleteBeta(x, a, b) - p
    if (excess === 0) return x
    if (excess > 0) high = x
    else low = x
    const slope = betaKernel(x, 1 - x, a, b) / (x * (1 - x))
    const newton = x - excess / slope
    if (newton > low && newton < high) {
      if (Math.abs(newton - x) <= CONVERGED * x) return newton
      x = newton
    } else {
      const middle = low + (high - low) / 2
      if (middle === low || middle === high) return x
      x = middle
    }
  }
  return x
}

/**
 * 1 − x for the x with I_x(a, b) = p, without the subtraction: for x near 1.
 * @throws {RangeError} for p outside [0, 1].
 */
export function inverseIncompleteBetaComplement(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability must lie in [0, 1], not ${p}`)
  if (p === 0 || p === 1) return 1 - p
  let low = 0
  let high = 1
  let y = b / (a + b)
  for (let step = 0; step < 200; step++) {
    const excess = incompleteBeta(1 - y, a, b, y) - p
    if (excess === 0) return y
    // The function falls in y.
    if (excess > 0) low = y
    else high = y
    const slope = betaKernel(1 - y, y, a, b) / (y * (1 - y))
    const newton = y + excess / slope
    if (newton > low && newton < high) {
      if (Math.abs(newton - y) <= CONVERGED * y) return newton
      y = newton
    } else {
      const middle = low + (high - low) / 2
      if (middle === low || middle === high) return y
      y = middle
    }
  }
  return y
}

/**
 * Upper-tail probability P(T > t) of Student's t.
 * @param df degrees of freedom, > 0.
 * @internal
 */
export function studentTUpperTail(t: number, df: number): number {
  const square = t * t
  if (square === Infinity) return t > 0 ? 0 : 1
  const sum = df + square
  const half = 0.5 * incompleteBeta(df / sum, df / 2, 0.5, square / sum)
  return t > 0 ? half : 1 - half
}

/**
 * Quantile of Student's t with `df` > 0 degrees of freedom.
 * @throws {RangeError} for p outside [0, 1] or df ≤ 0.
 */
export function studentTQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability must lie in [0, 1], not ${p}`)
  if (!(df > 0)) throw new RangeError(`degrees of freedom must be positive, not ${df}`)
  if (p === 0.5) return 0
  return p < 0.5 ? -upperStudentT(p, df) : upperStudentT(1 - p, df)
}

/**
 * The t > 0 with P(T > t) = tail < ½. The tail is convex there, so Newton's method ends up rising towards t
 * from below.
 */
function upperStudentT(tail: number, df: number): number {
  if (tail === 0) return Infinity
  const far = farStudentT(tail, df)
  if (far * far > FAR * df) return far
  const z = -normalQuantile(tail)
  let t = z * (1 + (z * z + 1) / (4 * df))
  for (let step = 0; step < 500; step++) {
    const sum = df + t * t
    const density = betaKernel(df / sum, (t * t) / sum, df / 2, 0.5) / t
    let next = t + (studentTUpperTail(t, df) - tail) / density
    if (!(next > 0)) next = t / 2
    if (Math.abs(next - t) <= CONVERGED * t) return next
    t = next
  }
  return t
}

/** t²/df beyond which the tail equals its leading term to the last bit. */
const FAR = 1e17

/** The t of the tail's leading term, (df/t²)^(df/2) / (df B(df/2, ½)) = tail. */
function farStudentT(tail: number, df: number): number {
  const logBeta = lgamma(df / 2) + lgamma(0.5) - lgamma((df + 1) / 2)
  return Math.sqrt(df) * exp(-(log(tail) + log(df) + logBeta) / df)
}

/** P(X = k) for X ~ Binomial(n, p), integer k in [0, n]. Source: Loader (2000). */
export function binomialProbability(k: number, n: number, p: number): number {
  if (p === 0 || p === 1) return k === (p === 0 ? 0 : n) ? 1 : 0
  if (k === 0) return exp(n * log1p(-p))
  if (k === n) return exp(n * log(p))
  const mean = twoProduct(n, p)
  const difference = k - mean.hi - mean.lo
  const rest = n - k
  const logRest =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(rest) -
    deviance(k, mean.hi, difference) -
    deviance(rest, n - mean.hi, -difference)
  return (Math.sqrt(n / (k * rest)) / SQRT_2PI) * exp(logRest)
}

/** P(X ≤ k) for X ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  const whole = Math.floor(k)
  if (whole < 0) return 0
  if (whole >= n) return 1
  return incompleteBeta(1 - p, n - whole, whole + 1, p)
}
