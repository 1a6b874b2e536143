/**
 * Values of the units of a metric as columns of numbers: a run has up to half a million of them.
 * @module
 */

/** The value of one unit: an item, a caption of an item, or a group of items. */
export interface UnitValue {
  /** The item; for a group its first item. */
  readonly ordinal: number
  readonly cluster: number
  readonly value: number
  /** Index of the unit within its item; absent where the item is the unit. */
  readonly part?: number
}

/** Units in the order of their ordinals, and of their parts within an item. All columns have one length. */
export interface UnitColumns {
  readonly ordinals: Uint32Array
  /** null where each item is one unit. */
  readonly parts: Uint32Array | null
  readonly clusters: Uint32Array
  readonly values: Float64Array
}

/** Collects units, whose number is unknown at first. */
export class UnitsBuilder {
  #count = 0
  #ordinals = new Uint32Array(1024)
  #clusters = new Uint32Array(1024)
  #values = new Float64Array(1024)
  #parts: Uint32Array | null = null

  /** @param part - given for every unit or for none */
  add(ordinal: number, cluster: number, value: number, part?: number): void {
    const at = this.#count++
    if (at === this.#values.length) this.#grow(2 * at)
    this.#ordinals[at] = ordinal
    this.#clusters[at] = cluster
    this.#values[at] = value
    if (part === undefined) return
    this.#parts ??= new Uint32Array(this.#values.length)
    this.#parts[at] = part
  }

  done(): UnitColumns {
    this.#grow(this.#count)
    return { ordinals: this.#ordinals, parts: this.#parts, clusters: this.#clusters, values: this.#values }
  }

  #grow(length: number): void {
    this.#ordinals = resized(this.#ordinals, new Uint32Array(length))
    this.#clusters = resized(this.#clusters, new Uint32Array(length))
    this.#values = resized(this.#values, new Float64Array(length))
    this.#parts = this.#parts && resized(this.#parts, new Uint32Array(length))
  }
}

function resized<Column extends Uint32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from.subarray(0, to.length))
  return to
}

/** @param values - in the order of ordinals and parts */
export function unitColumns(values: Iterable<UnitValue>): UnitColumns {
  const units = new UnitsBuilder()
  for (const { ordinal, cluster, value, part } of values) units.add(ordinal, cluster, value, part)
  return units.done()
}

/** The mean of the units' values, in their order; null without units. */
export function meanOfUnits({ values }: UnitColumns): number | null {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? null : sum / values.length
}
