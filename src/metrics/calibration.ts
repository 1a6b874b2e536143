/**
 * Calibration errors of a classifier, and the single temperature that corrects most of them.
 *
 * Guo, Pleiss, Sun & Weinberger, "On Calibration of Modern Neural Networks", ICML 2017: expected and maximum
 * calibration error over equal-width bins, negative log-likelihood, temperature scaling. Brier, "Verification
 * of forecasts expressed in terms of probability", Monthly Weather Review 1950, in its original form over all
 * classes. Bins as in Guo et al.: ((m-1)/M, m/M], a confidence of 0 in the first.
 *
 * A row belongs to one picture: one logit or probability per candidate. Rows have 2 or more candidates, not
 * all equally many.
 * @module
 */
import { log } from '../statistics/elementary.ts'
import type { MetricDescriptor } from './descriptor.ts'
import { logSumExp, softmax } from './softmax.ts'

export const calibrationMetric: MetricDescriptor = {
  name: 'calibration',
  variants: ['ece-15', 'mce-15', 'brier', 'nll'],
  direction: 'lower_is_better',
  range: [0, null],
  unit: 'score',
  source: { paper: 'Guo et al., ICML 2017; Brier, 1950', code: 'definitions of the papers' },
}

/** The paper's number of bins, usual in published figures. */
const CALIBRATION_BINS = 15

type Row = ArrayLike<number>

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  /** Confidences in (low, high]. */
  readonly low: number
  readonly high: number
  /** Pictures in the bin. */
  readonly n: number
  /** Mean confidence and fraction of right answers; NaN if n is 0. */
  readonly confidence: number
  readonly accuracy: number
}

export interface Calibration {
  /** Number of rows. */
  readonly n: number
  readonly accuracy: number
  /** Σ n_m/n · |accuracy_m - confidence_m|, in [0, 1]. */
  readonly ece: number
  /** The largest |accuracy_m - confidence_m| of any bin with pictures, in [0, 1]. */
  readonly mce: number
  /** Mean over rows of Σ_k (p_k - [k is right])², in [0, 2]. */
  readonly brier: number
  /** Mean of -ln p(right), in nats; Infinity if a right answer had probability 0. */
  readonly nll: number
  readonly bins: readonly ReliabilityBin[]
}

/**
 * Every calibration measure of probabilities. The answer of a row is its most probable candidate, the first
 * in a tie.
 * @param right index of the right candidate, one per row
 * @throws {RangeError} for no rows, unequal numbers, an index outside its row, fewer than 2 candidates, or
 *   invalid probabilities
 */
export function calibrationOf(probabilities: readonly Row[], right: readonly number[], bins = CALIBRATION_BINS): Calibration {
  requireRows(probabilities, right)
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`bins must be a whole number from 1, is ${bins}`)
  const count = new Float64Array(bins)
  const confidences = new Float64Array(bins)
  const hits = new Float64Array(bins)
  let brier = 0
  let loss = 0
  probabilities.forEach((row, index) => {
    requireProbabilities(row, index)
    const answer = argmax(row)
    const confidence = row[answer]!
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))
    count[bin]!++
    confidences[bin]! += confidence
    if (answer === right[index]) hits[bin]!++
    for (let k = 0; k < row.length; k++) brier += (row[k]! - (k === right[index] ? 1 : 0)) ** 2
    loss -= log(row[right[index]!]!)
  })
  const n = probabilities.length
  const reliability = Array.from(count, (inBin, m): ReliabilityBin => {
    const [low, high] = [m / bins, (m + 1) / bins]
    return { low, high, n: inBin, confidence: confidences[m]! / inBin, accuracy: hits[m]! / inBin }
  })
  let ece = 0
  let mce = 0
  for (const { n: inBin, confidence, accuracy } of reliability) {
    if (inBin === 0) continue
    const gap = Math.abs(accuracy - confidence)
    ece += (inBin / n) * gap
    mce = Math.max(mce, gap)
  }
  const accuracy = hits.reduce((sum, value) => sum + value, 0) / n
  return { n, accuracy, ece, mce, brier: brier / n, nll: loss / n, bins: reliability }
}

/** The same for softmax(logit / temperature), without Infinity for a probability that underflows. */
export function calibrationAt(
  logits: readonly Row[],
  right: readonly number[],
  temperature: number,
  bins = CALIBRATION_BINS,
): Calibration {
  requireRows(logits, right)
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, is ${temperature}`)
  const scaled = logits.map((row) => Float64Array.from(row, (logit) => logit / temperature))
  return { ...calibrationOf(scaled.map(softmax), right, bins), nll: negativeLogLikelihood(scaled, right) }
}

/** Mean of ln Σ exp(logit) - logit(right), in nats. */
function negativeLogLikelihood(logits: readonly Row[], right: readonly number[]): number {
  let sum = 0
  logits.forEach((row, index) => (sum += logSumExp(row) - row[right[index]!]!))
  return sum / logits.length
}

export interface FittedTemperature {
  /** P = softmax(logit / temperature). */
  readonly temperature: number
  /** Mean negative log-likelihood at this temperature, in nats: the least of all temperatures. */
  readonly nll: number
  readonly iterations: number
}

/** Newton's method stops at this relative precision of the inverse temperature. */
const TOLERANCE = 1e-12

/**
 * The temperature with the least negative log-likelihood.
 *
 * In the inverse temperature β, the slope of the likelihood is Σ (E_β[logit] - logit(right)) and its
 * curvature Σ Var_β[logit] ≥ 0. It is convex, so Newton's method within a shrinking bracket finds the
 * minimum.
 * @throws {RangeError} without a minimum: for uninformative logits (the best is uniform, β ≤ 0), for logits
 *   that always rank the right answer first (β grows without bound), and as {@link calibrationOf}.
 */
export function fitTemperature(logits: readonly Row[], right: readonly number[]): FittedTemperature {
  requireRows(logits, right)
  for (const [index, row] of logits.entries())
    if (!Array.from(row).every(Number.isFinite)) throw new RangeError(`row ${index}: a logit is not finite`)
  if (derivatives(logits, right, 0).slope >= 0)
    throw new RangeError('no temperature: the logits of right answers are not above those of the others, on average')
  if (logits.every((row, index) => row[right[index]!] === row[argmax(row)]))
    throw new RangeError(
      'no temperature: every right answer ranks first, so that the likelihood grows without bound; fit on more',
    )
  let [low, high] = bracket(logits, right)
  let beta = (low + high) / 2
  for (let iterations = 1; ; iterations++) {
    const { slope, curvature } = derivatives(logits, right, beta)
    if (slope < 0) low = beta
    else high = beta
    const newton = beta - slope / curvature
    // Outside the bracket, or NaN: halve instead.
    const next = newton > low && newton < high ? newton : (low + high) / 2
    const done = slope === 0 || Math.abs(next - beta) <= TOLERANCE * beta || iterations === 200
    beta = slope === 0 ? beta : next
    if (!done) continue
    const scaled = logits.map((row) => Float64Array.from(row, (logit) => logit * beta))
    return { temperature: 1 / beta, nll: negativeLogLikelihood(scaled, right), iterations }
  }
}

/** [low, high] with a negative slope at low (or low = 0) and none at high, from the scale of the logits. */
function bracket(logits: readonly Row[], right: readonly number[]): [number, number] {
  let low = 0
  let high = 1 / widestRange(logits)
  while (derivatives(logits, right, high).slope < 0) {
    low = high
    high *= 2
  }
  return [low, high]
}

function widestRange(rows: readonly Row[]): number {
  let widest = 0
  for (const row of rows) {
    let [least, most] = [Infinity, -Infinity]
    for (let k = 0; k < row.length; k++) {
      least = Math.min(least, row[k]!)
      most = Math.max(most, row[k]!)
    }
    widest = Math.max(widest, most - least)
  }
  return widest
}

/** Derivatives of the mean negative log-likelihood by the inverse temperature. */
function derivatives(logits: readonly Row[], right: readonly number[], beta: number): { slope: number; curvature: number } {
  let slope = 0
  let curvature = 0
  logits.forEach((row, index) => {
    const probabilities = softmax(Float64Array.from(row, (logit) => logit * beta))
    let mean = 0
    for (let k = 0; k < row.length; k++) mean += probabilities[k]! * row[k]!
    for (let k = 0; k < row.length; k++) curvature += probabilities[k]! * (row[k]! - mean) ** 2
    slope += mean - row[right[index]!]!
  })
  return { slope: slope / logits.length, curvature: curvature / logits.length }
}

function argmax(row: Row): number {
  let best = 0
  for (let k = 1; k < row.length; k++) if (row[k]! > row[best]!) best = k
  return best
}

function requireRows(rows: readonly Row[], right: readonly number[]): void {
  if (rows.length === 0) throw new RangeError('calibration needs at least one row')
  if (rows.length !== right.length) throw new RangeError(`${rows.length} rows, ${right.length} right answers`)
  rows.forEach((row, index) => {
    if (row.length < 2) throw new RangeError(`row ${index}: ${row.length} candidates, at least 2 are needed`)
    const answer = right[index]!
    if (!(Number.isInteger(answer) && answer >= 0 && answer < row.length))
      throw new RangeError(`row ${index}: right answer ${answer} of ${row.length} candidates`)
  })
}

function requireProbabilities(row: Row, index: number): void {
  let sum = 0
  for (let k = 0; k < row.length; k++) {
    if (!(row[k]! >= 0 && row[k]! <= 1)) throw new RangeError(`row ${index}: ${row[k]} is not a probability`)
    sum += row[k]!
  }
  if (Math.abs(sum - 1) > 1e-6) throw new RangeError(`row ${index}: probabilities sum to ${sum}`)
}
