/**
 * NLVR2: accuracy over statements, consistency over groups of one sentence, image sets as clusters.
 * @module
 */
import type { Nlvr2Criterion } from '../../contracts/scorer-spec.ts'
import type { ScorerReport, MetricValue } from '../../contracts/report.ts'
import { nlvr2Metric } from '../../metrics/nlvr2.ts'
import type { ClusteredValue } from '../../statistics/clusters.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { countRows, type AggregateInput, scoredRows } from '../aggregate-input.ts'

/** The dataset column that says which statements share a sentence. */
export const CONSISTENCY_GROUP = 'consistency_group'

export function aggregateNlvr2(spec: Nlvr2Criterion, input: AggregateInput): ScorerReport {
  const { rows, version, columns, complete } = input
  const scored = scoredRows(rows)
  const statements = scored.map(({ cluster, stats }) => ({ cluster, value: stats[0]! }))

  const stratum = version.strata.findIndex(({ name }) => name === CONSISTENCY_GROUP)
  const groups = new Map<number, { cluster: number; consistent: boolean; whole: boolean }>()
  for (const { ordinal, cluster, status, stats } of rows) {
    const code = columns.strata[stratum]![ordinal]!
    const group = groups.get(code) ?? { cluster, consistent: true, whole: true }
    groups.set(code, { cluster, consistent: group.consistent && stats[0] === 1, whole: group.whole && status === 'scored' })
  }
  // A group with an errored member is neither consistent nor inconsistent.
  const judged = [...groups.values()]
    .filter(({ whole }) => whole)
    .map(({ cluster, consistent }) => ({ cluster, value: consistent ? 1 : 0 }))

  const unreadable = rows.filter(({ status }) => status === 'unscored').length
  const asWrong = [...groups.values()].filter(({ consistent }) => consistent).length
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: 'accuracy',
    metrics: [
      share('accuracy', statements, input),
      { ...share('consistency', judged, input), errored: groups.size - judged.length, unscored: 0, missing: 0 },
    ],
    details: {
      official: complete && scored.length === rows.length,
      groups: groups.size,
      // The official script takes what it cannot read for wrong.
      ...(unreadable > 0 &&
        scored.length + unreadable === rows.length && {
          unreadable,
          official_accuracy: statements.reduce((sum, { value }) => sum + value, 0) / rows.length,
          official_consistency: asWrong / groups.size,
        }),
    },
  }
}

function share(metric: string, observations: readonly ClusteredValue[], input: AggregateInput): MetricValue {
  let sum = 0
  for (const { value } of observations) sum += value
  return {
    metric,
    variant: 'nlvr2-2018',
    direction: nlvr2Metric.direction,
    range: [0, 1],
    unit: nlvr2Metric.unit,
    value: observations.length === 0 ? null : sum / observations.length,
    n: observations.length,
    ...countRows(input),
    interval: meanInterval(observations, { kind: 'binary', range: [0, 1], level: input.level, target: 'population' }),
  }
}
