/**
 * NLVR2: accuracy over statements, consistency over groups of one sentence, image sets as clusters.
 * @module
 */
import type { ScorerReport } from '../../contracts/report.ts'
import type { ScorerSpec } from '../../contracts/scorer-spec.ts'
import type { MetricDescriptor } from '../../metrics/descriptor.ts'
import { nlvr2Metric } from '../../metrics/nlvr2.ts'
import { type AggregateInput, scoredRows } from '../aggregate-input.ts'
import type { Comparable } from '../comparable.ts'
import { measure, measureMean, type Statistic } from '../statistic.ts'
import { unitColumns } from '../unit-columns.ts'
import type { Nlvr2Spec } from './spec.ts'

/** The dataset column that tells which statements share a sentence. */
export const CONSISTENCY_GROUP = 'consistency_group'

export interface VerdictStatistics {
  readonly accuracy: Statistic
  readonly consistency: Statistic
}

/** @param definition - paper and official code of both */
export function verdictStatistics(variant: string, definition: MetricDescriptor): VerdictStatistics {
  const { direction, unit } = definition
  const share = { variant, direction, range: [0, 1], unit, definition } as const
  return {
    accuracy: {
      ...share,
      metric: 'accuracy',
      isListed: true,
      value: { kind: 'mean', column: 0, range: [0, 1], data: 'binary' },
    },
    // A group counts once, so this is not a mean over items.
    consistency: { ...share, metric: 'consistency', isListed: false, value: 'from_outputs' },
  }
}

export const NLVR2_STATISTICS = verdictStatistics('nlvr2-2018', nlvr2Metric)

export function aggregateNlvr2(spec: Nlvr2Spec, input: AggregateInput): ScorerReport {
  return aggregateVerdicts(spec, input, NLVR2_STATISTICS)
}

/** The report of verdicts whose groups are labels of the items. */
export function aggregateVerdicts(
  spec: ScorerSpec & { readonly verdict?: 'text' | 'probability' | undefined },
  input: AggregateInput,
  { accuracy, consistency }: VerdictStatistics,
): ScorerReport {
  const { rows, complete } = input
  const scored = scoredRows(rows)
  const groups = groupsOf(input)
  // A group with an errored member is neither consistent nor inconsistent.
  const judged = groups.filter(({ whole }) => whole).map(({ cluster, consistent }) => ({ cluster, value: consistent ? 1 : 0 }))
  const unreadable = rows.filter(({ status }) => status === 'unscored').length
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: accuracy.metric,
    metrics: [
      measure(accuracy, input),
      measureMean(
        consistency,
        input,
        judged,
        { range: [0, 1], data: 'binary' },
        {
          errored: groups.length - judged.length,
          unscored: 0,
          missing: 0,
        },
      ),
    ],
    details: {
      official: complete && scored.length === rows.length,
      groups: groups.length,
      // An answer without log-probabilities was read as a text.
      ...(spec.verdict === 'probability' && { verdicts_by_text: scored.filter(({ stats }) => stats[1] !== 1).length }),
      // The official script counts an unreadable answer as wrong.
      ...(unreadable > 0 &&
        scored.length + unreadable === rows.length && {
          unreadable,
          official_accuracy: scored.reduce((sum, { stats }) => sum + stats[0]!, 0) / rows.length,
          official_consistency: groups.filter(({ consistent }) => consistent).length / groups.length,
        }),
    },
  }
}

/** Consistency as one binary value per whole group of statements. */
export function compareConsistency(input: AggregateInput, { consistency }: VerdictStatistics): Comparable[] {
  const values = groupsOf(input)
    .filter(({ whole }) => whole)
    .map(({ ordinal, cluster, consistent }) => ({ ordinal, cluster, value: consistent ? 1 : 0 }))
  return [{ kind: 'mean', statistic: consistency, data: 'binary', range: [0, 1], units: unitColumns(values) }]
}

interface Group {
  readonly code: number
  /** Ordinal of its first statement. */
  readonly ordinal: number
  readonly cluster: number
  readonly consistent: boolean
  /** All of its statements were scored. */
  readonly whole: boolean
}

/** Statements that share a sentence. */
function groupsOf({ rows, version, columns }: AggregateInput): Group[] {
  const stratum = version.strata.findIndex(({ name }) => name === CONSISTENCY_GROUP)
  const groups = new Map<number, Group>()
  for (const { ordinal, cluster, status, stats } of rows) {
    const code = columns.strata[stratum]![ordinal]!
    const group = groups.get(code) ?? { code, ordinal, cluster, consistent: true, whole: true }
    groups.set(code, {
      ...group,
      cluster,
      consistent: group.consistent && stats[0] === 1,
      whole: group.whole && status === 'scored',
    })
  }
  return [...groups.values()]
}
