/**
 * Probabilities from numbers on any scale, without overflow and with the same bits everywhere.
 * @module
 */
import { exp, log } from '../statistics/elementary.ts'

/** ln Σ exp(x), at least the largest x; -Infinity for no numbers. */
export function logSumExp(values: ArrayLike<number>): number {
  const largest = maximum(values)
  if (largest === -Infinity) return -Infinity
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += exp(values[i]! - largest)
  return largest + log(sum)
}

/** exp(x) / Σ exp(x): in [0, 1], summing to 1 up to rounding. Empty for no numbers. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const largest = maximum(logits)
  const probabilities = Float64Array.from(logits, (logit) => exp(logit - largest))
  let sum = 0
  for (const weight of probabilities) sum += weight
  return probabilities.map((weight) => weight / sum)
}

/** 1 / (1 + exp(-x)), in [0, 1]. */
export function sigmoid(logit: number): number {
  const small = exp(-Math.abs(logit))
  return (logit < 0 ? small : 1) / (1 + small)
}

function maximum(values: ArrayLike<number>): number {
  let largest = -Infinity
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!
  return largest
}
