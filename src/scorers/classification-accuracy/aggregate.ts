/**
 * Top-1, top-5 and balanced accuracy over the run's selection, and which labels are taken for which.
 * @module
 */
import { LABELS_KEPT } from '../../contracts/model.ts'
import type { MetricValue, ScorerReport } from '../../contracts/report.ts'
import {
  balancedAccuracy,
  type Classified,
  classificationMetric,
  confusions,
  countByLabel,
} from '../../metrics/classification.ts'
import { groupedJackknifeT } from '../../statistics/grouped-jackknife.ts'
import { type AggregateInput, type ScorerRow, scoredRows } from '../aggregate-input.ts'
import type { Comparable } from '../comparable.ts'
import { unitColumns } from '../unit-columns.ts'
import { measure, measureMean, metricValue, type Statistic } from '../statistic.ts'
import { UNTOLD } from './score.ts'
import type { ClassificationAccuracySpec } from './spec.ts'

const [TOP1, TOP5, LABEL, PREDICTED, TRUNCATED, UNKNOWN] = [0, 1, 2, 3, 4, 5] as const

/** Labels of a report's confusion matrix. */
const MOST_OF_MATRIX = 40
/** Labels of a report's table by label. */
const MOST_OF_TABLE = 1000
/** Pairs of confused labels in a report. */
const MOST_CONFUSED = 50

/** Among equal labels the first of the dataset wins. */
const share = {
  variant: 'ties-by-label-order',
  direction: 'higher_is_better',
  range: [0, 1],
  unit: 'fraction',
  definition: classificationMetric,
} as const
const BINARY = { range: [0, 1], data: 'binary' } as const

const top1: Statistic = { ...share, metric: 'top1_accuracy', isListed: true, value: { kind: 'mean', column: TOP1, ...BINARY } }
/** Not every model names five labels, so this is not a column of every row. */
const top5: Statistic = { ...share, metric: 'top5_accuracy', isListed: false, value: 'from_outputs' }
/** A label counts once, however many items have it. */
const balanced: Statistic = { ...share, metric: 'balanced_accuracy', isListed: false, value: 'from_outputs' }

export const CLASSIFICATION_STATISTICS: readonly Statistic[] = [top1, top5, balanced]

export function aggregateClassification(spec: ClassificationAccuracySpec, input: AggregateInput): ScorerReport {
  const rows = scoredRows(input.rows)
  return {
    name: spec.name,
    type: spec.type,
    primary_metric: top1.metric,
    metrics: [measure(top1, input), topFiveValue(input), balancedValue(rows, input)],
    details: {
      labels: input.version.candidates?.length ?? 0,
      ...unansweredOf(input, rows),
      ...readOf(rows),
      ...tables(rows, input),
    },
  }
}

/** One value per scored item; null if a model named fewer labels, or the dataset has five at most. */
function topFive({ rows, version }: AggregateInput) {
  const scored = scoredRows(rows)
  const isTold = scored.every(({ stats }) => stats[TOP5] !== UNTOLD)
  if (!isTold || (version.candidates?.length ?? 0) <= LABELS_KEPT) return null
  return scored.map(({ ordinal, cluster, stats }) => ({ ordinal, cluster, value: stats[TOP5]! }))
}

function topFiveValue(input: AggregateInput): MetricValue {
  const values = topFive(input)
  return values === null
    ? metricValue(top5, input, { value: null, n: 0, interval: null })
    : measureMean(top5, input, values, BINARY)
}

export function compareTopFive(input: AggregateInput): Comparable[] {
  const values = topFive(input)
  return values === null ? [] : [{ kind: 'mean', statistic: top5, ...BINARY, units: unitColumns(values) }]
}

const classifiedOf = ({ stats }: ScorerRow): Classified => ({ label: stats[LABEL]!, predicted: stats[PREDICTED]! })

function balancedValue(rows: readonly ScorerRow[], input: AggregateInput): MetricValue {
  const clusters = [...new Set(rows.map(({ cluster }) => cluster))].toSorted((a, b) => a - b)
  const placeOf = new Map(clusters.map((cluster, place) => [cluster, place]))
  const valueOf = (chosen: readonly ScorerRow[]) => balancedAccuracy(chosen.map(classifiedOf))
  const value = rows.length === 0 ? null : valueOf(rows)
  const without = (group: number, groups: number) =>
    valueOf(rows.filter(({ cluster }) => placeOf.get(cluster)! % groups !== group))
  const options = { range: [0, 1], level: input.level, target: 'population' } as const
  const interval = value === null ? null : groupedJackknifeT(value, clusters.length, without, options)
  return metricValue(balanced, input, { value, n: rows.length, interval })
}

/** The share that is right if answers without a label count as wrong. */
function unansweredOf({ rows }: AggregateInput, scored: readonly ScorerRow[]) {
  const unanswered = rows.filter(({ status }) => status === 'unscored').length
  if (unanswered === 0) return {}
  const right = scored.filter(({ stats }) => stats[TOP1] === 1).length
  return { unanswered, top1_accuracy_with_unanswered_wrong: right / (scored.length + unanswered) }
}

/** Labels that the model read only in part, or has no words for: the same for every item. */
function readOf(rows: readonly ScorerRow[]) {
  const most = (column: number) => rows.reduce((found, { stats }) => Math.max(found, stats[column]!), UNTOLD)
  const [truncated, unknown] = [most(TRUNCATED), most(UNKNOWN)]
  return {
    ...(truncated > 0 && { truncated_labels: truncated }),
    ...(unknown > 0 && { labels_with_unknown_tokens: unknown }),
  }
}

/** Counts by label, the pairs that are confused most, and the matrix of few labels. */
function tables(rows: readonly ScorerRow[], { version: { candidates = [] } }: AggregateInput) {
  const items = rows.map(classifiedOf)
  const counts = countByLabel(items)
  const name = (place: number) => candidates[place]!.label
  const pairs = confusions(items)
  return {
    ...(counts.length <= MOST_OF_TABLE && {
      by_label: counts.map(({ label, n, correct, wrongly }) => ({ label: name(label), n, correct, wrongly })),
    }),
    most_confused: pairs
      .slice(0, MOST_CONFUSED)
      .map(({ label, predicted, count }) => ({ label: name(label), predicted: name(predicted), count })),
    ...(candidates.length <= MOST_OF_MATRIX && { confusion: matrixOf(items, candidates) }),
  }
}

/** Row: the item's label. Column: the label that the model named. */
function matrixOf(items: readonly Classified[], candidates: readonly { readonly label: string }[]) {
  const counts = candidates.map(() => candidates.map(() => 0))
  for (const { label, predicted } of items) counts[label]![predicted]! += 1
  return { labels: candidates.map(({ label }) => label), counts }
}
