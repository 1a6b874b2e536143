/**
 * VQA accuracy: the mean over questions, images as clusters, with the official breakdowns.
 * @module
 */
import type { ScorerReport } from '../../contracts/report.ts'
import { vqaAccuracyMetric, vqaSummary } from '../../metrics/vqa-accuracy.ts'
import { type AggregateInput, type ScorerRow, scoredRows } from '../aggregate-input.ts'
import { measure, measureSlices, type Statistic } from '../statistic.ts'
import type { VqaAccuracySpec } from './spec.ts'

export function vqaAccuracyStatistic({ scorer }: Pick<VqaAccuracySpec, 'scorer'>): Statistic {
  const { name, direction, range, unit } = vqaAccuracyMetric
  return {
    metric: name,
    variant: scorer,
    direction,
    range,
    unit,
    definition: vqaAccuracyMetric,
    isListed: true,
    value: { kind: 'mean', column: 0, range: [0, 1], data: 'bounded' },
  }
}

export function aggregateVqaAccuracy(spec: VqaAccuracySpec, input: AggregateInput): ScorerReport {
  const statistic = vqaAccuracyStatistic(spec)
  const scored = scoredRows(input.rows)
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: statistic.metric,
    metrics: [measure(statistic, input), ...measureSlices(statistic, input)],
    details: {
      // The official numbers are those of a whole dataset with an answer to every question.
      official: input.complete && scored.length === input.rows.length,
      ...(scored.length > 0 && officialTables(scored, input)),
    },
  }
}

/** The tables of the official program, in percent. @throws {Error} when the dataset lacks the labels. */
function officialTables(scored: readonly ScorerRow[], { version, columns }: AggregateInput) {
  const labels = (name: string) => {
    const stratum = version.strata.findIndex((vocabulary) => vocabulary.name === name)
    if (stratum < 0) throw new Error(`dataset ${version.digest} has no labels ${name}`)
    return (ordinal: number) => version.strata[stratum]!.values[columns.strata[stratum]![ordinal]!]!
  }
  const answerType = labels('answer_type')
  const questionType = labels('question_type')
  const { rounded, unrounded } = vqaSummary(
    scored.map(({ ordinal, stats }) => ({
      accuracy: stats[0]!,
      answer_type: answerType(ordinal),
      question_type: questionType(ordinal),
    })),
  )
  return {
    overall_percent: rounded.overall,
    per_answer_type_percent: rounded.per_answer_type,
    per_question_type_percent: rounded.per_question_type,
    overall_unrounded_percent: unrounded.overall,
  }
}
