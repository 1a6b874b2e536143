/**
 * Rows in, report out: a pure function whose canonical JSON is what gets digested.
 * @module
 */
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import type { DatasetVersion, ItemColumns } from '../contracts/dataset.ts'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { ScorerReport, Report } from '../contracts/report.ts'
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import type { Stop } from '../statistics/stopping-time.ts'
import { aggregateCaption } from './caption/aggregate.ts'
import type { AggregateInput, ItemText } from './aggregate-input.ts'
import { aggregateImageTextSimilarity } from './image-text-similarity/aggregate.ts'
import { aggregateNlvr2 } from './nlvr2/aggregate.ts'
import { aggregateRetrieval } from './retrieval/aggregate.ts'
import { aggregateStepLocalization } from './step-localization/aggregate.ts'
import { aggregateUploadedScore } from './uploaded-score/aggregate.ts'
import { aggregateVqaAccuracy } from './vqa-accuracy/aggregate.ts'
import { aggregatePredictionPowered, usedByTarget } from './prediction-powered.ts'

export interface ReportInput {
  readonly spec: RunSpec
  readonly specDigest: string
  readonly version: DatasetVersion
  /** Of the whole dataset. */
  readonly columns: ItemColumns
  /** One an item of the selection, in ordinal order; of a run that stopped early, those it uses. */
  readonly rows: readonly SampleRow[]
  /** Where a run with a stopping rule stopped. */
  readonly stop: Stop | null
  /** Cheap scores of the whole dataset, of a run that leans on them. */
  readonly proxy: Float64Array | null
  /** Of scored items, in ordinal order; empty unless a criterion keeps embeddings. */
  readonly embeddings: readonly EmbeddingEntry[]
  /** One an item, in ordinal order; empty unless a criterion's merge needs texts. */
  readonly texts: readonly ItemText[]
  /** Takes what a retrieval criterion finds out about each item. Nothing in the report depends on it. */
  readonly onItemRanks?: AggregateInput['onItemRanks']
}

/** @throws {RangeError} unless the rows are exactly the selection, in order. */
export function buildReport(input: ReportInput): Report {
  const { spec, specDigest, version, columns, rows, stop, proxy, embeddings, texts, onItemRanks } = input
  const byTarget = usedByTarget(spec, rows, proxy)
  const used = stop?.tau ?? byTarget ?? spec.selection.count
  if (rows.length !== used || rows.some((row, ordinal) => row.ordinal !== ordinal))
    throw new RangeError(`a report needs rows 0 to ${used - 1} in order`)
  const has = (row: SampleRow, status: string) => row.outcomes.some((outcome) => outcome.status === status)
  const errored = rows.filter((row) => has(row, 'errored')).length
  const unscored = rows.filter((row) => !has(row, 'errored') && has(row, 'unscored')).length
  const criteria = spec.criteria.map((criterion, index) =>
    foldCriterion(criterion, {
      rows: rows.map(({ ordinal, cluster, outcomes }) => ({ ordinal, cluster, ...outcomes[index]! })),
      version,
      columns,
      embeddings,
      texts,
      onItemRanks,
      seed: spec.seed,
      level: spec.level,
      complete: used === spec.dataset.items,
    }),
  )
  return {
    schema: 'assay.report/1',
    spec: spec as unknown as Record<string, unknown>,
    spec_digest: specDigest,
    counts: {
      planned: spec.selection.count,
      used,
      scored: used - errored - unscored,
      errored,
      unscored,
    },
    ...(stop === null ? {} : { stopping: { tau: stop.tau, rule_met: stop.isRuleMet, ...stop.bounds } }),
    ...(spec.prediction_powered === undefined
      ? {}
      : { prediction_powered: aggregatePredictionPowered(spec, rows, proxy, criteria) }),
    criteria: stop === null && byTarget === null ? criteria : criteria.map((folded) => afterStopping(folded, spec, stop, used)),
  }
}

/**
 * A rule that looks at the data makes ordinary intervals too narrow: the judged criterion's value gets the confidence sequence that the run
 * stopped on, every other interval says what was done.
 */
function afterStopping(folded: ScorerReport, { stopping, level }: RunSpec, stop: Stop | null, items: number): ScorerReport {
  return {
    ...folded,
    metrics: folded.metrics.map((metric) => {
      if (
        stop !== null &&
        folded.name === stopping!.criterion &&
        metric.metric === folded.primary_metric &&
        metric.slice === undefined
      )
        return {
          ...metric,
          interval: { ...stop.bounds, method: 'confidence-sequence', level, target: 'this_dataset', clusters: items },
        }
      return metric.interval === null
        ? metric
        : { ...metric, interval: { ...metric.interval, notes: [...(metric.interval.notes ?? []), 'optional_stopping'] } }
    }),
  }
}

function foldCriterion(spec: ScorerSpec, input: AggregateInput): ScorerReport {
  switch (spec.type) {
    case 'image_text_similarity':
      return aggregateImageTextSimilarity(spec, input)
    case 'retrieval':
      return aggregateRetrieval(spec, input)
    case 'vqa_accuracy':
      return aggregateVqaAccuracy(spec, input)
    case 'caption':
      return aggregateCaption(spec, input)
    case 'nlvr2':
      return aggregateNlvr2(spec, input)
    case 'step_localization':
      return aggregateStepLocalization(spec, input)
    case 'uploaded_score':
      return aggregateUploadedScore(spec, input)
  }
}
