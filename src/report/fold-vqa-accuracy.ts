/**
 * VQA accuracy: the mean over questions, images as clusters, with the official breakdowns.
 * @module
 */
import type { VqaAccuracyCriterion } from '../contracts/criterion.ts'
import type { CriterionReport, MetricValue } from '../contracts/report.ts'
import { vqaAccuracyMetric, vqaSummary } from '../metrics/vqa-accuracy.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import { countRows, type CriterionRow, type FoldInput, scoredRows } from './fold-input.ts'

export function foldVqaAccuracy(spec: VqaAccuracyCriterion, input: FoldInput): CriterionReport {
  const { columns, version, complete } = input
  const slices = version.strata.flatMap(({ name, values }, stratum) =>
    values.flatMap((value, code) => {
      const rows = input.rows.filter(({ ordinal }) => columns.strata[stratum]![ordinal] === code)
      return rows.length === 0 ? [] : [accuracy(spec, input, rows, `${name}=${value}`)]
    }),
  )
  const label = (stratum: number, ordinal: number) => version.strata[stratum]!.values[columns.strata[stratum]![ordinal]!]!
  const scored = scoredRows(input.rows)
  const { rounded, unrounded } = vqaSummary(
    scored.map(({ ordinal, stats }) => ({
      accuracy: stats[0]!,
      answer_type: label(0, ordinal),
      question_type: label(1, ordinal),
    })),
  )
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: vqaAccuracyMetric.name,
    metrics: [accuracy(spec, input, input.rows), ...slices],
    details: {
      // The official numbers are those of a whole dataset with an answer to every question.
      official: complete && scored.length === input.rows.length,
      ...(scored.length === 0
        ? {}
        : {
            overall_percent: rounded.overall,
            per_answer_type_percent: rounded.per_answer_type,
            per_question_type_percent: rounded.per_question_type,
            overall_unrounded_percent: unrounded.overall,
          }),
    },
  }
}

function accuracy(spec: VqaAccuracyCriterion, input: FoldInput, rows: readonly CriterionRow[], slice?: string): MetricValue {
  const { range, direction, unit, name } = vqaAccuracyMetric
  const observations = scoredRows(rows).map(({ cluster, stats }) => ({ cluster, value: stats[0]! }))
  let sum = 0
  for (const { value } of observations) sum += value
  const { errored, unscored, missing } = countRows({ ...input, rows })
  return {
    metric: name,
    variant: spec.scorer,
    ...(slice === undefined ? {} : { slice }),
    direction,
    range: [...range] as [number, number],
    unit,
    value: observations.length === 0 ? null : sum / observations.length,
    n: observations.length,
    errored,
    unscored,
    // How many of a slice were left out of the selection is not known without reading them.
    missing: slice === undefined ? missing : 0,
    interval: meanInterval(observations, { kind: 'bounded', range, level: input.level, target: 'population' }),
  }
}
