/**
 * Agreement of two scores of the same items: Kendall's τ-b and τ-c, Spearman's ρ, Pearson's r. NaN if
 * undefined (fewer than two items, or one side constant), as in scipy.
 * @module
 */
import { jointMoments } from './joint-moments.ts'
import { midranks } from './ranks.ts'

export type Scores = ArrayLike<number>

/**
 * Kendall's τ-b, corrected for ties on either side. O(n log n): Knight, "A computer method for calculating
 * Kendall's tau with ungrouped data" (JASA 1966).
 * @throws {RangeError} for lists of different lengths.
 */
export function kendallTauB(x: Scores, y: Scores): number {
  const { pairs, tiedX, tiedY, surplus } = countPairs(x, y)
  if (!(pairs > tiedX && pairs > tiedY)) return NaN
  return withinUnit(surplus / Math.sqrt(pairs - tiedX) / Math.sqrt(pairs - tiedY))
}

/**
 * Kendall's τ-c (Stuart 1953), which reaches ±1 for tables that are not square.
 * @throws {RangeError} for lists of different lengths.
 */
export function kendallTauC(x: Scores, y: Scores): number {
  const { pairs, tiedX, tiedY, surplus, distinctX, distinctY } = countPairs(x, y)
  if (!(pairs > tiedX && pairs > tiedY)) return NaN
  const classes = Math.min(distinctX, distinctY)
  return withinUnit((2 * surplus) / ((x.length * x.length * (classes - 1)) / classes))
}

/**
 * Spearman's ρ: Pearson's r of the midranks.
 * @throws {RangeError} for lists of different lengths.
 * @internal
 */
export function spearman(x: Scores, y: Scores): number {
  return hasGap(x, y) ? NaN : pearson(midranks(x), midranks(y))
}

/**
 * Pearson's r, summed in the given order.
 * @throws {RangeError} for lists of different lengths.
 * @internal
 */
export function pearson(x: Scores, y: Scores): number {
  if (hasGap(x, y) || isConstant(x) || isConstant(y)) return NaN
  const { squaresX, squaresY, products } = jointMoments(x, y)
  return withinUnit(products / Math.sqrt(squaresX) / Math.sqrt(squaresY))
}

/** Pair counts of Kendall's statistics; `surplus` = concordant − discordant. */
interface PairCounts {
  readonly pairs: number
  readonly tiedX: number
  readonly tiedY: number
  readonly surplus: number
  readonly distinctX: number
  readonly distinctY: number
}

function countPairs(x: Scores, y: Scores): PairCounts {
  const n = x.length
  if (hasGap(x, y)) return { pairs: 0, tiedX: 0, tiedY: 0, surplus: 0, distinctX: 0, distinctY: 0 }
  const order = Uint32Array.from({ length: n }, (_, i) => i).toSorted((a, b) => x[a]! - x[b]! || y[a]! - y[b]!)
  const byX = Float64Array.from(order, (i) => x[i]!)
  const yByX = Float64Array.from(order, (i) => y[i]!)
  const inX = tiesOf(n, (i, j) => byX[i] === byX[j])
  const inBoth = tiesOf(n, (i, j) => byX[i] === byX[j] && yByX[i] === yByX[j])
  const discordant = sortCountingInversions(yByX)
  const inY = tiesOf(n, (i, j) => yByX[i] === yByX[j])
  const pairs = (n * (n - 1)) / 2
  const surplus = pairs - inX.pairs - inY.pairs + inBoth.pairs - 2 * discordant
  return { pairs, tiedX: inX.pairs, tiedY: inY.pairs, surplus, distinctX: inX.groups, distinctY: inY.groups }
}

/** Tied pairs and number of groups among n sorted entries. */
function tiesOf(n: number, isTied: (i: number, j: number) => boolean): { pairs: number; groups: number } {
  let pairs = 0
  let groups = 0
  for (let start = 0; start < n; groups++) {
    let end = start + 1
    while (end < n && isTied(start, end)) end++
    pairs += ((end - start) * (end - start - 1)) / 2
    start = end
  }
  return { pairs, groups }
}

/** Sorts in place by merging and counts the pairs that were strictly out of order. */
function sortCountingInversions(values: Float64Array): number {
  let inversions = 0
  let source: Float64Array = values
  let target: Float64Array = new Float64Array(values.length)
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length)
      const end = Math.min(start + 2 * width, values.length)
      let left = start
      let right = middle
      for (let at = start; at < end; at++) {
        if (left < middle && (right >= end || source[left]! <= source[right]!)) target[at] = source[left++]!
        else {
          inversions += middle - left
          target[at] = source[right++]!
        }
      }
    }
    const swap = source
    source = target
    target = swap
  }
  if (source !== values) values.set(source)
  return inversions
}

function hasGap(x: Scores, y: Scores): boolean {
  if (x.length !== y.length) throw new RangeError(`${x.length} scores cannot be paired with ${y.length}`)
  for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i]!) || !Number.isFinite(y[i]!)) return true
  return x.length < 2
}

function isConstant(values: Scores): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false
  return true
}

function withinUnit(value: number): number {
  return Math.max(-1, Math.min(1, value))
}
