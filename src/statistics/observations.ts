/**
 * Observations as columns of numbers: a tenth of the memory of one object per observation. They are read in
 * order, like a list.
 * @module
 */
import type { ClusteredValue, Observations } from './clusters.ts'
import type { Pair } from './pairing.ts'

/** Values with their clusters; both columns have the same length. */
export class ValueColumns implements Observations<ClusteredValue> {
  readonly #clusters: Uint32Array
  readonly #values: Float64Array

  constructor(clusters: Uint32Array, values: Float64Array) {
    this.#clusters = clusters
    this.#values = values
  }

  get length(): number {
    return this.#values.length
  }

  *[Symbol.iterator](): Generator<ClusteredValue> {
    for (let at = 0; at < this.#values.length; at++) yield { cluster: this.#clusters[at]!, value: this.#values[at]! }
  }
}

/** Pairs of values with their clusters; all columns have the same length. */
export class PairColumns implements Observations<Pair> {
  readonly #clusters: Uint32Array
  readonly #baseline: Float64Array
  readonly #treatment: Float64Array

  constructor(clusters: Uint32Array, baseline: Float64Array, treatment: Float64Array) {
    this.#clusters = clusters
    this.#baseline = baseline
    this.#treatment = treatment
  }

  get length(): number {
    return this.#baseline.length
  }

  *[Symbol.iterator](): Generator<Pair> {
    for (let at = 0; at < this.#baseline.length; at++)
      yield { cluster: this.#clusters[at]!, baseline: this.#baseline[at]!, treatment: this.#treatment[at]! }
  }
}
