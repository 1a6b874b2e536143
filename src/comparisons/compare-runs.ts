/**
 * Compares treatment runs with a baseline run on the same items: per scorer the paired difference with its
 * interval, a test by kind of data, Holm's adjustment over scorers × treatments, and a verdict.
 * @module
 */
import type { ComparisonBody, ComparisonResult, ComparisonVerdict } from '../contracts/comparison.ts'
import { modelName } from '../contracts/model.ts'
import type { RunRecord } from '../contracts/run.ts'
import { SCORERS } from '../scorers/registry.ts'
import { verdictOf } from '../statistics/compare.ts'
import { FEWEST_CLUSTERS } from '../statistics/interval.ts'
import { holm } from '../statistics/multiplicity.ts'
import { compareTreatment, type TreatmentPairs, type TreatmentResult } from './compare-treatment.ts'
import { alignItems, pairScorers, requireComparable } from './pair-scorers.ts'
import type { RunScores } from './run-scores.ts'

export interface CompareRequest {
  readonly baseline: RunRecord
  readonly treatments: readonly RunRecord[]
  /** Names of the criteria to compare; absent: all of the baseline. */
  readonly criteria?: readonly string[] | undefined
  readonly level: number
  readonly seed: number
  /** Half-width of the range of differences that do not matter, in the unit of each primary metric. */
  readonly margin?: number | undefined
  /** Most changed units listed per metric and direction. */
  readonly listed: number
}

/**
 * @returns a function of the runs' rows and the request: the same numbers at any time
 * @throws {Fault} `conflict` for a run without a report; `unprocessable` for runs that cannot be paired, with
 *   the ids that differ
 */
export async function compareRuns(scores: RunScores, request: CompareRequest): Promise<ComparisonBody> {
  const pairs = await pairRuns(scores, request)
  const results: TreatmentResult[] = []
  // One treatment at a time: a retrieval run keeps the vectors of its whole gallery.
  for (const one of pairs) results.push(...(await compareOne(scores, request, one)))
  return { ...(await undecidedBody(scores, request)), ...judge(request, results) }
}

/**
 * How each treatment pairs with the baseline.
 * @throws {Fault} as {@link compareRuns}
 */
export async function pairRuns(scores: Pick<RunScores, 'itemIds'>, request: CompareRequest): Promise<TreatmentPairs[]> {
  const { baseline, treatments, criteria } = request
  requireComparable(baseline, '/baseline', criteria)
  const pairs: TreatmentPairs[] = []
  for (const [index, treatment] of treatments.entries()) {
    const pointer = `/treatments/${index}`
    requireComparable(treatment, pointer, criteria)
    const alignment = await alignItems(baseline, treatment, pointer, (run) => scores.itemIds(run))
    pairs.push({
      treatment,
      alignment,
      pairs: pairScorers(baseline, treatment, criteria, { treatment: pointer, criteria: '/criteria' }),
    })
  }
  return pairs
}

/** The results of one treatment, before {@link judge}. */
export function compareOne(scores: RunScores, request: CompareRequest, one: TreatmentPairs): Promise<TreatmentResult[]> {
  const { baseline, treatments, level } = request
  // Two one-sided tests, each at the Bonferroni share of 1 − level.
  const equivalenceLevel = 1 - (2 * (1 - level)) / (treatments.length * one.pairs.length)
  return compareTreatment(scores, baseline, one, { ...request, equivalenceLevel })
}

/** A comparison without results: what is compared, and how. */
export async function undecidedBody(
  scores: Pick<RunScores, 'datasetName'>,
  { baseline, treatments, level, seed, listed }: CompareRequest,
): Promise<ComparisonBody> {
  return {
    baseline: reference(baseline),
    treatments: treatments.map(reference),
    dataset: {
      digest: baseline.spec.dataset.digest,
      name: await scores.datasetName(baseline),
      items: baseline.spec.selection.count,
    },
    level,
    seed,
    listed,
    tests: 0,
    results: [],
    untested: [],
  }
}

/** Adjusts over the primary metrics of all scorers and treatments (Holm), and gives the verdicts. */
export function judge(
  request: CompareRequest,
  results: readonly TreatmentResult[],
): Pick<ComparisonBody, 'tests' | 'results' | 'untested'> {
  const tested = results.filter(({ primary, p }) => primary && p !== null)
  const adjusted = holm(tested.map(({ p }) => p!))
  const adjustedOf = new Map(tested.map((result, index) => [result, adjusted[index]!]))
  return {
    tests: tested.length,
    results: results.map((result) => {
      const p = adjustedOf.get(result) ?? null
      return { ...result, adjusted_p: p, verdict: result.primary ? verdict(result, p, request.level) : null }
    }),
    untested: untested(request, results),
  }
}

function verdict(result: TreatmentResult, p: number | null, level: number): ComparisonVerdict {
  const { direction, difference, clusters, margin, equivalence_interval: equivalence } = result
  if (difference === null || p === null || clusters < FEWEST_CLUSTERS) return 'too_few_samples'
  if (margin !== null && equivalence !== null && equivalence.low > -margin && equivalence.high < margin) return 'equivalent'
  return verdictOf({ difference, p, clusters, direction, level })
}

function untested(
  { baseline: { spec }, criteria }: CompareRequest,
  results: readonly Pick<ComparisonResult, 'criterion' | 'metric' | 'variant'>[],
): ComparisonBody['untested'] {
  const names = new Set(criteria ?? spec.criteria.map(({ name }) => name))
  const isTested = (criterion: string, metric: string, variant: string) =>
    results.some((one) => one.criterion === criterion && one.metric === metric && one.variant === variant)
  return spec.criteria
    .filter(({ name }) => names.has(name))
    .flatMap((criterion) =>
      SCORERS.bind(criterion)
        .statistics.filter(({ metric, variant }) => !isTested(criterion.name, metric, variant))
        .map(({ metric, variant }) => ({
          criterion: criterion.name,
          metric,
          variant,
          reason: 'no paired test is defined for this metric; docs/statistics.md, "Which method"',
        })),
    )
}

function reference({ id, evalId, name, spec, reportDigest }: RunRecord): ComparisonBody['baseline'] {
  return { run: id, eval: evalId, name, model: modelName(spec.subject), report_digest: reportDigest! }
}
