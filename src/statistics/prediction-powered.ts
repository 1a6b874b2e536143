/**
 * Mean of costly gold scores over a whole dataset, from gold on its first items and a cheap proxy on all:
 * PPI++ for a mean in a finite population.
 *
 * With g gold items of N in hash order, f the proxy and F its mean over all N,
 *
 * θ̂ = mean over gold of rᵢ, rᵢ = yᵢ − λ (fᵢ − F).
 *
 * The interval is that of a mean of values within the range that r can take (`bounded-mean.ts`), with
 * distances from θ̂ scaled by √(1 − g/N) for the finite population.
 *
 * λ ∈ [0, 1] minimizes s²(r): cov(y, f)/var(f), clipped. Each fifth of the gold uses the λ of the other four
 * fifths, so no item chooses its own correction. The remainder that different λ leave, g/N · mean of λᵢ (fᵢ −
 * f̄), is added to each rᵢ: if all items are gold, θ̂ is their mean. λ = 0 is the plain mean of the gold. If
 * the proxy varies more than four times as much over all items as over the gold, var(f) is that of all items:
 * the gold lacks outlying proxy scores, and a λ from the gold alone would carry their share of F into the
 * estimate.
 *
 * Source: Angelopoulos, Duchi & Zrnic, "PPI++: efficient prediction-powered inference" (arXiv:2311.01453),
 * power tuning of a mean; Zrnic & Candès, "Cross-prediction-powered inference" (PNAS 2024), for the folds;
 * Cochran, "Sampling Techniques" (3rd ed.), chapter 7, for the finite population. F is exact here, so the
 * usual term for the unlabelled sample is absent.
 * @module
 */
import { boundedMeanInterval } from './bounded-mean.ts'
import { groupByCluster } from './clusters.ts'
import { annotated, meanNotes, requireLevel } from './interval.ts'
import type { Interval, IntervalNote } from './interval.ts'
import { jointMoments, meanOf } from './joint-moments.ts'
import { studentTQuantile } from './special-functions.ts'

/** Minimum number of gold items. */
export const FEWEST_GOLD = 100
/** Items from which {@link requiredGold} chooses g; they take no part in the interval's variance. */
export const PILOT_ITEMS = 100
const FOLDS = 5
/**
 * Ratio of the proxy's variance over all items to that over the gold, above which the gold lacks outlying
 * scores.
 */
const OUTLYING = 4

export interface PredictionPoweredInput {
  /**
   * Gold scores of the items [pilot, pilot + g) in dataset order, within `range`; NaN for errored items. g ≥
   * 100.
   */
  readonly gold: ArrayLike<number>
  /**
   * Proxy scores of all N items, finite. Any constant may replace a missing score: it costs width, not
   * validity.
   */
  readonly proxy: ArrayLike<number>
  readonly range: readonly [number, number]
  readonly level: number
  /** Gold scores of the first items, which chose g. They enter the mean as known values; none by default. */
  readonly pilot?: ArrayLike<number>
}

export interface PredictionPoweredMean {
  /** Mean gold score over all N items; if `interval` is null, over the gold items without errors, if any. */
  readonly value: number
  /** Interval of this dataset's mean. null if a gold (or pilot) item errored: errors are not random. */
  readonly interval: Interval | null
  /** Mean λ over the folds, in [0, 1]. */
  readonly lambda: number
  /** Pearson correlation of gold and proxy on the gold items; NaN if one is constant. */
  readonly correlation: number
  /** Half-width predicted from this correlation, see {@link predictedHalfWidth}. */
  readonly predictedHalfWidth: number
  readonly g: number
}

/**
 * @throws {RangeError} for fewer than 100 gold items without an error, more gold than items, or scores out of
 *   range.
 */
export function predictionPoweredMean(input: PredictionPoweredInput): PredictionPoweredMean {
  const { gold, proxy, level, pilot = [] } = input
  requireLevel(level)
  requireScores(input)
  const goldScores = Float64Array.from(gold)
  const goldProxy = Float64Array.from(goldScores, (_, i) => proxy[pilot.length + i]!)
  const g = goldScores.length
  // More gold items cannot compensate for an errored one, so their number is not checked.
  if (goldScores.some(Number.isNaN) || Array.from(pilot).some(Number.isNaN)) return voided(input)
  if (g < FEWEST_GOLD) throw new RangeError(`prediction-powered inference needs ${FEWEST_GOLD} gold items, not ${g}`)

  const rest = proxy.length - pilot.length
  const restProxy = Float64Array.from({ length: rest }, (_, i) => proxy[pilot.length + i]!)
  const proxyMean = meanOf(restProxy)
  const { ofGold, ofProxy, covariance } = variances(goldScores, goldProxy)
  const ofAllProxies = variances(restProxy, restProxy).ofProxy
  const isOutlying = ofAllProxies > OUTLYING * ofProxy
  const lambdas = crossFittedLambdas(goldScores, goldProxy, isOutlying ? ofAllProxies : null)
  const lambda = meanOf(lambdas)
  const excess = goldsOwnCorrection(goldProxy, lambdas) * (g / rest)
  const residuals = goldScores.map((score, i) => score - lambdas[i]! * (goldProxy[i]! - proxyMean) + excess)
  const correlation = covariance / Math.sqrt(ofGold * ofProxy)
  const restMean = meanOf(residuals)
  const ends = residualEnds(input.range, restProxy, proxyMean, lambdas)
  const grouped = groupByCluster(Array.from(residuals, (value, cluster) => ({ cluster, value })))
  const { low, high } = boundedMeanInterval(grouped, { ends, unseen: 1 }, level)!
  const shrink = Math.sqrt(1 - g / rest)

  // The pilot's sum is known; only the mean of the rest is estimated.
  const share = rest / proxy.length
  const pilotSum = meanOf(Float64Array.from(pilot)) * pilot.length
  const toDataset = (end: number): number => (pilotSum + rest * (restMean + shrink * (end - restMean))) / proxy.length
  // A correction by few outlying proxy scores may leave the range; the mean cannot.
  const within = (end: number): number => Math.min(input.range[1], Math.max(input.range[0], end))
  const bounds = { low: within(toDataset(low)), high: within(toDataset(high)) }
  const notes: IntervalNote[] = [...meanNotes(grouped, ends), ...(isOutlying ? (['outlying_proxy'] as const) : [])]
  const predicted = predictedHalfWidth({
    standardDeviation: Math.sqrt(ofGold),
    correlation,
    unseenDistance: (ends[1] - ends[0]) / 2,
    g,
    populationSize: rest,
    level,
  })
  return {
    value: within(toDataset(restMean)),
    interval: annotated({ ...bounds, method: 'ppi++-bounded', level, target: 'this_dataset', clusters: g }, notes),
    lambda,
    correlation,
    predictedHalfWidth: share * predicted,
    g,
  }
}

/**
 * t · √((1 − g/N) · s²(y) (1 − ρ²)/g) for a linear proxy of correlation ρ ≥ 0, plus √(1 − g/N) · d/(2g) for
 * an unseen item at distance d.
 * @param input.standardDeviation of the gold scores. @param input.correlation NaN or negative count as 0.
 * @param input.unseenDistance from the mean to the end of a residual's range, both ends averaged.
 * @internal
 */
export function predictedHalfWidth(input: {
  readonly standardDeviation: number
  readonly correlation: number
  readonly unseenDistance: number
  readonly g: number
  readonly populationSize: number
  readonly level: number
}): number {
  const { standardDeviation, correlation, unseenDistance, g, populationSize, level } = input
  const usable = correlation > 0 ? correlation : 0
  const error = standardDeviation * Math.sqrt((1 - usable * usable) / g)
  const shrink = Math.sqrt(1 - g / populationSize)
  return shrink * (studentTQuantile(0.5 + level / 2, g - 1) * error + unseenDistance / (2 * g))
}

/**
 * Number of gold items after the pilot for a half-width of `targetHalfWidth`, from a pilot of the first
 * items.
 * @param input.gold, input.proxy scores of the pilot items, {@link PILOT_ITEMS} of them or more; finite.
 * @param input.range of the gold scores.
 * @returns g in [100, N − pilot]; all remaining items if fewer cannot meet the target.
 * @throws {RangeError} for too small a pilot or a target that is not positive.
 */
export function requiredGold(input: {
  readonly gold: ArrayLike<number>
  readonly proxy: ArrayLike<number>
  readonly range: readonly [number, number]
  readonly populationSize: number
  readonly targetHalfWidth: number
  readonly level: number
}): number {
  const { gold, proxy, range, populationSize, targetHalfWidth, level } = input
  requireLevel(level)
  if (!(targetHalfWidth > 0)) throw new RangeError(`the half-width must be positive, not ${targetHalfWidth}`)
  if (gold.length < PILOT_ITEMS || gold.length !== proxy.length)
    throw new RangeError(`a pilot needs ${PILOT_ITEMS} items with both scores`)
  const scores = Float64Array.from(gold)
  const proxies = Float64Array.from(proxy)
  const rest = populationSize - gold.length
  const { ofGold, ofProxy, covariance } = variances(scores, proxies)
  const lambda = clippedSlope(covariance, ofProxy)
  const variance = Math.max(0, ofGold - 2 * lambda * covariance + lambda * lambda * ofProxy)
  const ends = residualEnds(range, proxies, meanOf(proxies), Float64Array.of(lambda))
  // The pilot's share of the mean is known, so the rest may be estimated more coarsely.
  const half = (targetHalfWidth * populationSize) / rest
  const suffices = (g: number): boolean =>
    predictedHalfWidth({
      standardDeviation: Math.sqrt(variance),
      correlation: 0,
      unseenDistance: (ends[1] - ends[0]) / 2,
      g,
      populationSize: rest,
      level,
    }) <= half
  let tooFew = FEWEST_GOLD - 1
  let enough = Math.max(rest, FEWEST_GOLD)
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2)
    if (suffices(middle)) enough = middle
    else tooFew = middle
  }
  return Math.min(rest, enough)
}

/**
 * λ of each gold item, from the other folds. Item i is in fold i mod 5: the order is already random.
 * @param proxyVariance the proxy's variance, if it replaces that of the gold items.
 */
function crossFittedLambdas(gold: Float64Array, proxy: Float64Array, proxyVariance: number | null): Float64Array {
  const byFold = Float64Array.from({ length: FOLDS }, (_, fold) => {
    const isKept = (_value: number, i: number): boolean => i % FOLDS !== fold
    const { covariance, ofProxy } = variances(gold.filter(isKept), proxy.filter(isKept))
    return clippedSlope(covariance, proxyVariance ?? ofProxy)
  })
  return gold.map((_, i) => byFold[i % FOLDS]!)
}

/** Least and greatest residual that any item can have with any gold score. */
function residualEnds(
  [least, greatest]: readonly [number, number],
  proxy: Float64Array,
  proxyMean: number,
  lambdas: Float64Array,
): readonly [number, number] {
  let lowest = Infinity
  let highest = -Infinity
  for (const value of proxy) {
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  let most = 0
  for (const lambda of lambdas) most = Math.max(most, lambda)
  return [least - most * (highest - proxyMean), greatest - most * (lowest - proxyMean)]
}

/**
 * mean of λₖ (f̄ₖ − f̄) over the gold. With different λ the folds' corrections do not cancel, even if they
 * correct nothing. g/N of it is subtracted, so that the estimate is the gold's mean if all items are gold. 0
 * for equal λ.
 */
function goldsOwnCorrection(goldProxy: Float64Array, lambdas: Float64Array): number {
  const mean = meanOf(goldProxy)
  return meanOf(goldProxy.map((value, i) => lambdas[i]! * (value - mean)))
}

function clippedSlope(covariance: number, variance: number): number {
  return variance > 0 ? Math.min(1, Math.max(0, covariance / variance)) : 0
}

function voided({ gold, pilot = [], proxy }: PredictionPoweredInput): PredictionPoweredMean {
  const all = [...Array.from(pilot), ...Array.from(gold)]
  const scored = all.flatMap((score, i) => (Number.isNaN(score) ? [] : [{ score, proxy: proxy[i]! }]))
  const scores = Float64Array.from(scored, ({ score }) => score)
  const { ofGold, ofProxy, covariance } = variances(
    scores,
    Float64Array.from(scored, (item) => item.proxy),
  )
  const correlation = covariance / Math.sqrt(ofGold * ofProxy)
  return {
    value: scores.length === 0 ? NaN : meanOf(scores),
    interval: null,
    lambda: 0,
    correlation,
    predictedHalfWidth: NaN,
    g: gold.length,
  }
}

/** Variance of gold scores and of their proxies, and their covariance, on n − 1 degrees of freedom. */
function variances(gold: Float64Array, proxy: Float64Array): { ofGold: number; ofProxy: number; covariance: number } {
  const { squaresX, squaresY, products } = jointMoments(gold, proxy)
  const freedom = gold.length - 1
  return { ofGold: squaresX / freedom, ofProxy: squaresY / freedom, covariance: products / freedom }
}

function requireScores({ gold, proxy, range: [least, greatest], pilot = [] }: PredictionPoweredInput): void {
  if (pilot.length + gold.length > proxy.length)
    throw new RangeError(`${pilot.length + gold.length} gold items of a dataset of ${proxy.length}`)
  for (const scores of [pilot, gold])
    for (let i = 0; i < scores.length; i++)
      if (scores[i]! < least || scores[i]! > greatest)
        throw new RangeError(`a gold score is ${scores[i]}, outside [${least}, ${greatest}]`)
  for (let i = 0; i < proxy.length; i++)
    if (!Number.isFinite(proxy[i]!)) throw new RangeError(`the proxy score of item ${i} is ${proxy[i]}`)
}
