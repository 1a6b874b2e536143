/**
 * One treatment against the baseline: per metric everything but the verdict, which depends on all tests of
 * the comparison.
 * @module
 */
import type { ComparisonResult } from '../contracts/comparison.ts'
import type { RunRecord } from '../contracts/run.ts'
import type { RowStatus } from '../contracts/sample-row.ts'
import type { Comparable } from '../scorers/comparable.ts'
import { SCORERS } from '../scorers/registry.ts'
import { listedMetrics, type Statistic } from '../scorers/statistic.ts'
import type { UnitColumns } from '../scorers/unit-columns.ts'
import { type Changes, compareMetric, intervalAt, type MetricComparison } from './compare-metric.ts'
import { type Alignment, type PairedItems, pairItems, type ScorerPair } from './pair-scorers.ts'
import type { PairedScorers, RunScores } from './run-scores.ts'

/** A treatment, and how its scorers and items pair with the baseline's. */
export interface TreatmentPairs {
  readonly treatment: RunRecord
  readonly pairs: readonly ScorerPair[]
  readonly alignment: Alignment
}

/** A result before the adjustment over all tests: `adjusted_p` and `verdict` are null. */
export type TreatmentResult = ComparisonResult

export interface TreatmentOptions {
  readonly level: number
  readonly seed: number
  readonly margin?: number | undefined
  /** Level of the equivalence intervals. */
  readonly equivalenceLevel: number
  readonly listed: number
}

/** @returns one result per metric that has a paired test */
export async function compareTreatment(
  scores: RunScores,
  baseline: RunRecord,
  { treatment, pairs, alignment }: TreatmentPairs,
  options: TreatmentOptions,
): Promise<TreatmentResult[]> {
  const before = await scores.statuses(
    baseline,
    pairs.map((pair) => pair.baseline),
  )
  const after = await scores.statuses(
    treatment,
    pairs.map((pair) => pair.treatment),
  )
  const items = pairs.map((pair) => pairItems(before.get(pair.baseline)!, inBaselineOrder(after.get(pair.treatment)!, alignment)))
  const first = await scores.comparables(baseline, pairedIn(pairs, items, 'baseline', null))
  const second = await scores.comparables(treatment, pairedIn(pairs, items, 'treatment', alignment))
  const drafts = pairs.flatMap((pair, index) => {
    const { leftOut } = items[index]!
    const metrics = { first: first.get(pair.baseline)!, second: second.get(pair.treatment)!, alignment }
    return comparePair(baseline, pair, metrics, options).map((draft) => ({ ...draft, leftOut }))
  })
  const changed = drafts.flatMap(({ result: { improved, degraded } }) => [improved, degraded])
  const ordinals = changed.flatMap((changes) => (changes?.largest ?? []).map(({ ordinal }) => ordinal))
  // A gate lists none, and a merge must not read the dataset for it.
  const ids = ordinals.length === 0 ? new Map<number, string>() : await scores.itemIdsAt(baseline, ordinals)
  return drafts.map(({ result, ...draft }) => ({
    treatment: treatment.id,
    criterion: draft.criterion,
    type: draft.type,
    metric: draft.statistic.metric,
    variant: draft.statistic.variant,
    primary: draft.isPrimary,
    direction: draft.statistic.direction,
    unit: draft.statistic.unit,
    ...result,
    adjusted_p: null,
    margin: draft.isPrimary ? (options.margin ?? null) : null,
    equivalence_interval: draft.equivalence,
    verdict: null,
    left_out: draft.leftOut,
    improved: listing(result.improved, ids),
    degraded: listing(result.degraded, ids),
  }))
}

interface Draft {
  readonly criterion: string
  readonly type: string
  readonly statistic: Statistic
  readonly isPrimary: boolean
  readonly result: MetricComparison
  readonly equivalence: ComparisonResult['interval']
}

function comparePair(
  baseline: RunRecord,
  pair: ScorerPair,
  { first, second, alignment }: Readonly<Record<'first' | 'second', readonly Comparable[]>> & { readonly alignment: Alignment },
  { level, seed, listed, margin, equivalenceLevel }: TreatmentOptions,
): Draft[] {
  const { type, statistics } = SCORERS.bind(baseline.spec.criteria[pair.baseline]!)
  const [primary] = listedMetrics(statistics)
  const primaryIndex = first.findIndex(({ statistic }) => statistic.metric === primary)
  return first.flatMap((comparable, index): Draft[] => {
    const { statistic } = comparable
    // A model that tells fewer than five labels has no top-5 accuracy.
    const same = second.find((one) => one.statistic.metric === statistic.metric && one.statistic.variant === statistic.variant)
    if (same === undefined) return []
    const other = aligned(same, comparable, alignment)
    const isPrimary = index === primaryIndex
    const options = { level, seed, listed, key: `compare/${pair.name}/${statistic.metric}/${statistic.variant}` }
    const equivalence =
      margin === undefined || !isPrimary ? null : intervalAt(comparable, other, { ...options, level: equivalenceLevel })
    const result = compareMetric(comparable, other, options)
    return [{ criterion: pair.name, type, statistic, isPrimary, result, equivalence }]
  })
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
  const { ordinals, parts, values } = metric.units
  const moved = ordinals.map((ordinal) => alignment[ordinal]!)
  // The sort is stable: parts of an item stay in their order.
  const order = Array.from(moved.keys()).toSorted((a, b) => moved[a]! - moved[b]!)
  const units: UnitColumns = {
    ordinals: Uint32Array.from(order, (at) => moved[at]!),
    parts: parts && Uint32Array.from(order, (at) => parts[at]!),
    clusters: baseline.units.clusters,
    values: Float64Array.from(order, (at) => values[at]!),
  }
  return { ...metric, units }
}

function pairedIn(
  pairs: readonly ScorerPair[],
  items: readonly PairedItems[],
  side: 'baseline' | 'treatment',
  alignment: Alignment,
): PairedScorers {
  return new Map(
    pairs.map((pair, index) => [pair[side], (ordinal: number) => items[index]!.has(alignment?.[ordinal] ?? ordinal)]),
  )
}

function listing(changes: Changes | null, ids: ReadonlyMap<number, string>): ComparisonResult['improved'] {
  if (changes === null) return null
  return {
    count: changes.count,
    largest: changes.largest.map(({ ordinal, part, baseline, treatment }) => ({
      datasource_item_id: ordinal,
      item: ids.get(ordinal)!,
      ...(part !== null && { part }),
      baseline,
      treatment,
    })),
  }
}
