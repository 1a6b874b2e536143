/**
 * Compares treatment runs with a baseline run on the same items: per scorer the paired difference with its
 * interval, a test by kind of data, Holm's adjustment over scorers × treatments, and a verdict.
 * @module
 */
import type { ComparisonBody, ComparisonResult, ComparisonVerdict } from '../contracts/comparison.ts'
import { modelName } from '../contracts/model.ts'
import type { RunRecord } from '../contracts/run.ts'
import type { RowStatus } from '../contracts/sample-row.ts'
import { type Comparable, unitOf } from '../scorers/comparable.ts'
import { SCORERS } from '../scorers/registry.ts'
import { listedMetrics, type Statistic } from '../scorers/statistic.ts'
import { verdictOf } from '../statistics/compare.ts'
import { FEWEST_CLUSTERS } from '../statistics/interval.ts'
import { holm } from '../statistics/multiplicity.ts'
import { type Changes, compareMetric, intervalAt, type MetricComparison } from './compare-metric.ts'
import {
  type Alignment,
  alignItems,
  type PairedItems,
  pairItems,
  pairScorers,
  requireComparable,
  type ScorerPair,
} from './pair-scorers.ts'

/** Reads what was recorded of a run. */
export interface RunScores {
  /** Per scorer the status of each item, in ordinal order. */
  statuses(run: RunRecord): Promise<readonly (readonly RowStatus[])[]>
  /** Per scorer its comparables, from the items that are paired. */
  comparables(run: RunRecord, isPaired: (scorer: number, ordinal: number) => boolean): Promise<readonly (readonly Comparable[])[]>
  /** Name of the run's dataset. */
  datasetName(run: RunRecord): Promise<string>
  /** Ids of the run's items, in ordinal order. */
  itemIds(run: RunRecord): Promise<readonly string[]>
}

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

interface Compared {
  readonly treatment: string
  readonly criterion: string
  readonly type: string
  readonly statistic: Statistic
  readonly isPrimary: boolean
  readonly leftOut: ComparisonResult['left_out']
  readonly result: MetricComparison
  /** The interval of the difference at a level of its own. */
  readonly at: (level: number) => ComparisonResult['interval']
}

/**
 * @returns a function of the runs' rows and the request: the same numbers at any time
 * @throws {Fault} `conflict` for a run without a report; `unprocessable` for runs that cannot be paired, with
 *   the ids that differ
 */
export async function compareRuns(scores: RunScores, request: CompareRequest): Promise<ComparisonBody> {
  const { baseline, treatments, level, seed, listed } = request
  requireComparable(baseline, '/baseline')
  const pairsOf = new Map<string, ScorerPair[]>()
  const alignments = new Map<string, Alignment>()
  for (const [index, treatment] of treatments.entries()) {
    const pointer = `/treatments/${index}`
    requireComparable(treatment, pointer)
    alignments.set(treatment.id, await alignItems(baseline, treatment, pointer, (run) => scores.itemIds(run)))
    pairsOf.set(treatment.id, pairScorers(baseline, treatment, request.criteria, { treatment: pointer, criteria: '/criteria' }))
  }
  const baselineStatuses = await scores.statuses(baseline)
  const compared: Compared[] = []
  // One treatment at a time: a retrieval run keeps the vectors of its whole gallery.
  for (const treatment of treatments)
    compared.push(
      ...(await compareWith(scores, request, {
        treatment,
        pairs: pairsOf.get(treatment.id)!,
        alignment: alignments.get(treatment.id)!,
        baselineStatuses,
      })),
    )
  // Only listed units are shown by id. A gate lists none, and a merge must not read the whole dataset for it.
  const ids = listed === 0 ? [] : await scores.itemIds(baseline)
  const adjusted = adjust(compared)
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
    tests: adjusted.size,
    results: compared.map((one) => resultOf(one, request, adjusted, ids)),
    untested: untested(baseline, request.criteria, compared),
  }
}

async function compareWith(
  scores: RunScores,
  { baseline, level, seed, listed }: CompareRequest,
  { treatment, pairs, alignment, baselineStatuses }: Side,
): Promise<Compared[]> {
  const treatmentStatuses = (await scores.statuses(treatment)).map((statuses) => inBaselineOrder(statuses, alignment))
  const items = pairs.map((pair) => pairItems(baselineStatuses[pair.baseline]!, treatmentStatuses[pair.treatment]!))
  const first = await scores.comparables(baseline, pairedIn(pairs, items, 'baseline'))
  const ofTreatment = pairedIn(pairs, items, 'treatment')
  const second = await scores.comparables(treatment, (scorer, ordinal) => ofTreatment(scorer, alignment?.[ordinal] ?? ordinal))
  return pairs.flatMap((pair, index) => {
    const scorer = SCORERS.bind(baseline.spec.criteria[pair.baseline]!)
    const [primary] = listedMetrics(scorer.statistics)
    const metrics = first[pair.baseline]!
    const primaryIndex = metrics.findIndex(({ statistic }) => statistic.metric === primary)
    return metrics.map((comparable, metric): Compared => {
      const other = aligned(second[pair.treatment]![metric]!, comparable, alignment)
      const { statistic } = comparable
      const options = { level, seed, listed, key: `compare/${pair.name}/${statistic.metric}/${statistic.variant}` }
      return {
        treatment: treatment.id,
        criterion: pair.name,
        type: scorer.type,
        statistic,
        isPrimary: metric === primaryIndex,
        leftOut: items[index]!.leftOut,
        result: compareMetric(comparable, other, options),
        at: (own_level) => intervalAt(comparable, other, { ...options, level: own_level }),
      }
    })
  })
}

/** A treatment, and how its scorers and items pair with the baseline's. */
interface Side {
  readonly treatment: RunRecord
  readonly pairs: readonly ScorerPair[]
  readonly alignment: Alignment
  readonly baselineStatuses: readonly (readonly RowStatus[])[]
}

function inBaselineOrder(statuses: readonly RowStatus[], alignment: Alignment): readonly RowStatus[] {
  if (alignment === null) return statuses
  const ordered: RowStatus[] = Array.from(statuses)
  statuses.forEach((status, ordinal) => (ordered[alignment[ordinal]!] = status))
  return ordered
}

/** A metric of the treatment under the baseline's ordinals and clusters, in their order. */
function aligned(metric: Comparable, baseline: Comparable, alignment: Alignment): Comparable {
  if (alignment === null || metric.kind === 'corpus' || baseline.kind === 'corpus') return metric
  const clusters = new Map(baseline.values.map(({ id, cluster }) => [id, cluster]))
  const values = metric.values.map((unit) => {
    const moved = unitOf({ ...unit, ordinal: alignment[unit.ordinal]! }, unit.value, unit.part)
    return { ...moved, cluster: clusters.get(moved.id) ?? moved.cluster }
  })
  return { ...metric, values: values.toSorted((a, b) => a.ordinal - b.ordinal) }
}

function pairedIn(pairs: readonly ScorerPair[], items: readonly PairedItems[], side: 'baseline' | 'treatment') {
  const byScorer = new Map(pairs.map((pair, index) => [pair[side], items[index]!]))
  return (scorer: number, ordinal: number) => byScorer.get(scorer)?.has(ordinal) ?? false
}

/** Holm over the primary metrics of all scorers and treatments. */
function adjust(compared: readonly Compared[]): ReadonlyMap<Compared, number> {
  const primary = compared.filter(({ isPrimary, result }) => isPrimary && result.p !== null)
  const adjusted = holm(primary.map(({ result }) => result.p!))
  return new Map(primary.map((one, index) => [one, adjusted[index]!]))
}

function resultOf(
  one: Compared,
  { level, margin }: CompareRequest,
  adjusted: ReadonlyMap<Compared, number>,
  ids: readonly string[],
): ComparisonResult {
  const { statistic, isPrimary, result } = one
  const { metric, variant, direction, unit } = statistic
  const p = adjusted.get(one) ?? null
  // Two one-sided tests, each at the Bonferroni share of 1 − level.
  const equivalence = margin === undefined || !isPrimary ? null : one.at(1 - (2 * (1 - level)) / Math.max(1, adjusted.size))
  return {
    treatment: one.treatment,
    criterion: one.criterion,
    type: one.type,
    metric,
    variant,
    primary: isPrimary,
    direction,
    unit,
    ...result,
    adjusted_p: p,
    margin: isPrimary ? (margin ?? null) : null,
    equivalence_interval: equivalence,
    verdict: isPrimary ? verdict(one, p, equivalence, { level, margin }) : null,
    left_out: one.leftOut,
    improved: listing(result.improved, ids),
    degraded: listing(result.degraded, ids),
  }
}

function verdict(
  { statistic, result: { difference, clusters } }: Compared,
  p: number | null,
  equivalence: ComparisonResult['interval'],
  { level, margin }: Pick<CompareRequest, 'level' | 'margin'>,
): ComparisonVerdict {
  if (difference === null || p === null || clusters < FEWEST_CLUSTERS) return 'too_few_samples'
  if (margin !== undefined && equivalence !== null && equivalence.low > -margin && equivalence.high < margin) return 'equivalent'
  return verdictOf({ difference, p, clusters, direction: statistic.direction, level })
}

function listing(changes: Changes | null, ids: readonly string[]): ComparisonResult['improved'] {
  if (changes === null) return null
  return {
    count: changes.count,
    largest: changes.largest.map(({ unit: { ordinal, part, value }, treatment }) => ({
      datasource_item_id: ordinal,
      item: ids[ordinal]!,
      ...(part !== undefined && { part }),
      baseline: value,
      treatment,
    })),
  }
}

function untested(
  { spec }: RunRecord,
  wanted: readonly string[] | undefined,
  compared: readonly Compared[],
): ComparisonBody['untested'] {
  const names = new Set(wanted ?? spec.criteria.map(({ name }) => name))
  return spec.criteria
    .filter(({ name }) => names.has(name))
    .flatMap((criterion) =>
      SCORERS.bind(criterion)
        .statistics.filter(
          ({ metric, variant }) =>
            !compared.some(
              (one) => one.criterion === criterion.name && one.statistic.metric === metric && one.statistic.variant === variant,
            ),
        )
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
