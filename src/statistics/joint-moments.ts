/**
 * Sums of squares and products about the means, for variances, slopes and correlations.
 * @module
 */

export interface JointMoments {
  /** Σ(x − x̄)². */
  readonly squaresX: number
  /** Σ(y − ȳ)². */
  readonly squaresY: number
  /** Σ(x − x̄)(y − ȳ). */
  readonly products: number
}

/** Moments of two lists of equal length, in two passes, summed in the given order. Zeros for empty lists. */
export function jointMoments(x: ArrayLike<number>, y: ArrayLike<number>): JointMoments {
  const meanX = meanOf(x)
  const meanY = meanOf(y)
  let squaresX = 0
  let squaresY = 0
  let products = 0
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - meanX
    const dy = y[i]! - meanY
    squaresX += dx * dx
    squaresY += dy * dy
    products += dx * dy
  }
  return { squaresX, squaresY, products }
}

/** Mean; 0 for an empty list. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length === 0 ? 0 : sum / values.length
}
