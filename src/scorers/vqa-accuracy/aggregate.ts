/**
 * VQA accuracy: the mean over questions, images as clusters, with the official breakdowns.
 * @module
 */
import type { VqaAccuracyCriterion } from '../../contracts/scorer-spec.ts'
import type { ScorerReport, MetricValue } from '../../contracts/report.ts'
import { vqaAccuracyMetric, vqaSummary } from '../../metrics/vqa-accuracy.ts'
import { meanInterval } from '../../statistics/mean-interval.ts'
import { countRows, type ScorerRow, type AggregateInput, scoredRows } from '../aggregate-input.ts'

export function aggregateVqaAccuracy(spec: VqaAccuracyCriterion, input: AggregateInput): ScorerReport {
  const { columns, version, complete } = input
  const slices = version.strata.flatMap(({ name, values }, stratum) =>
    values.flatMap((value, code) => {
      const codes = columns.strata[stratum]!
      const rows = input.rows.filter(({ ordinal }) => codes[ordinal] === code)
      let missing = 0
      for (let ordinal = input.rows.length; ordinal < codes.length; ordinal++) if (codes[ordinal] === code) missing++
      return rows.length === 0 ? [] : [accuracy(spec, input, rows, { slice: `${name}=${value}`, missing })]
    }),
  )
  const labels = (name: string) => {
    const stratum = version.strata.findIndex((vocabulary) => vocabulary.name === name)
    if (stratum < 0) throw new Error(`dataset ${version.digest} has no labels ${name}`)
    return (ordinal: number) => version.strata[stratum]!.values[columns.strata[stratum]![ordinal]!]!
  }
  const answerType = labels('answer_type')
  const questionType = labels('question_type')
  const scored = scoredRows(input.rows)
  const { rounded, unrounded } = vqaSummary(
    scored.map(({ ordinal, stats }) => ({
      accuracy: stats[0]!,
      answer_type: answerType(ordinal),
      question_type: questionType(ordinal),
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

function accuracy(
  spec: VqaAccuracyCriterion,
  input: AggregateInput,
  rows: readonly ScorerRow[],
  of?: { readonly slice: string; readonly missing: number },
): MetricValue {
  const { range, direction, unit, name } = vqaAccuracyMetric
  const observations = scoredRows(rows).map(({ cluster, stats }) => ({ cluster, value: stats[0]! }))
  let sum = 0
  for (const { value } of observations) sum += value
  const { errored, unscored, missing } = countRows({ ...input, rows })
  return {
    metric: name,
    variant: spec.scorer,
    ...(of === undefined ? {} : { slice: of.slice }),
    direction,
    range: [...range] as [number, number],
    unit,
    value: observations.length === 0 ? null : sum / observations.length,
    n: observations.length,
    errored,
    unscored,
    missing: of?.missing ?? missing,
    interval: meanInterval(observations, { kind: 'bounded', range, level: input.level, target: 'population' }),
  }
}
