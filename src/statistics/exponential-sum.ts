/**
 * Probability that a weighted sum of independent standard exponentials is not positive. It is the
 * distribution function of the Bayesian bootstrap of a mean: Σ wᵢ xᵢ ≤ c for Dirichlet weights w means Σ eᵢ
 * (xᵢ − c) ≤ 0 for exponentials e.
 * @module
 */
import { log } from './elementary.ts'
import { normalCdf } from './special-functions.ts'

const MOST_STEPS = 200
const CONVERGED = 1e-12
/** Closer to the centre than this, both correction terms cancel; the Edgeworth term replaces them. */
const CENTRAL = 1e-4
/** Sizes whose squares and cubes neither vanish nor overflow. */
const [SMALLEST, LARGEST] = [1e-100, 1e100]
const SQRT_2PI = 2.5066282746310002

/**
 * P(Σ eᵢ yᵢ ≤ 0), eᵢ independent with P(e > x) = e^(−x).
 *
 * Exact if only one yᵢ is negative or only one positive. Otherwise the saddlepoint approximation in
 * Barndorff-Nielsen's form, Φ(w + ln(u/w)/w); its relative error is below 1 % for two or more on either side.
 * Source: Lugannani & Rice, "Saddle point approximation for the distribution of the sum of independent random
 * variables" (1980); Barndorff-Nielsen, "Approximate interval probabilities" (1990). Owen's empirical
 * likelihood of a mean has the same saddlepoint equation.
 * @param y - finite; zeros are ignored. Read up to `count`.
 * @returns 1 if no yᵢ is positive, 0 if none is negative and one is positive.
 */
export function notPositiveProbability(y: Float64Array, count = y.length): number {
  let least = 0
  let greatest = 0
  let negative = 0
  let positive = 0
  for (let i = 0; i < count; i++) {
    const value = y[i]!
    if (value < 0) {
      negative++
      if (value < least) least = value
    } else if (value > 0) {
      positive++
      if (value > greatest) greatest = value
    }
  }
  if (positive === 0) return 1
  if (negative === 0) return 0
  const size = Math.max(-least, greatest)
  if (size < SMALLEST || size > LARGEST) return notPositiveProbability(y.subarray(0, count).map((value) => value / size))
  // P(e > x) = E e^(−x): a product of Laplace transforms.
  if (negative === 1) return 1 / productOfOnePlus(y, count, 1 / -least)
  if (positive === 1) return 1 - 1 / productOfOnePlus(y, count, -1 / greatest)
  return atSaddlepoint(y, count, saddlepoint(y, count, 1 / least, 1 / greatest))
}

/** The s in (1/min y, 1/max y) with Σ yᵢ/(1 − s yᵢ) = 0, by Newton's method within a shrinking bracket. */
function saddlepoint(y: Float64Array, count: number, low: number, high: number): number {
  let s = 0
  for (let step = 0; step < MOST_STEPS; step++) {
    let first = 0
    let second = 0
    for (let i = 0; i < count; i++) {
      const term = y[i]! / (1 - s * y[i]!)
      first += term
      second += term * term
    }
    if (first === 0) return s
    if (first > 0) high = s
    else low = s
    const newton = s - first / second
    const next = newton > low && newton < high ? newton : low + (high - low) / 2
    if (Math.abs(next - s) <= CONVERGED * Math.abs(next)) return next
    s = next
  }
  return s
}

function atSaddlepoint(y: Float64Array, count: number, s: number): number {
  let second = 0
  let third = 0
  let cumulant = 0
  let product = 1
  for (let i = 0; i < count; i++) {
    const rest = 1 - s * y[i]!
    const term = y[i]! / rest
    second += term * term
    third += 2 * term * term * term
    product *= rest
    if (product < 1e-200 || product > 1e200) {
      cumulant -= log(product)
      product = 1
    }
  }
  cumulant -= log(product)
  const u = s * Math.sqrt(second)
  if (Math.abs(u) < CENTRAL) return 0.5 + u / SQRT_2PI + third / (6 * SQRT_2PI * second * Math.sqrt(second))
  const w = Math.sign(s) * Math.sqrt(Math.max(0, -2 * cumulant))
  return normalCdf(w + log(u / w) / w)
}

/** Π (1 + yᵢ · scale) over those yᵢ with yᵢ · scale > 0. */
function productOfOnePlus(y: Float64Array, count: number, scale: number): number {
  let product = 1
  for (let i = 0; i < count; i++) if (y[i]! * scale > 0) product *= 1 + y[i]! * scale
  return product
}
