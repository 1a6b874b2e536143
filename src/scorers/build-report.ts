/**
 * Rows in, report out: a pure function. The report's canonical JSON is digested.
 * @module
 */
import type { Report, ScorerReport } from '../contracts/report.ts'
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import type { AggregateInput } from './aggregate-input.ts'
import { type ItemsUsed, itemsUsed } from './items-used.ts'
import type { LateResults } from './late-results.ts'
import { predictionPoweredEstimate } from './prediction-powered.ts'
import type { BoundScorer } from './scorer.ts'

export interface ReportInput extends Pick<AggregateInput, 'version' | 'columns' | 'embeddings' | 'outputs'> {
  readonly spec: RunSpec
  readonly specDigest: string
  /** One per testing criterion of the specification, in its order. */
  readonly scorers: readonly BoundScorer[]
  /** One per item that the run uses, in ordinal order. */
  readonly rows: readonly SampleRow[]
  /** Cheap scores of the whole dataset, where the run leans on them. */
  readonly proxy: Float64Array | null
  /** Receives the late results of a scorer. Nothing in the report depends on them. */
  readonly onLateResults?: (scorer: number, results: LateResults) => void
}

/** @throws {RangeError} unless the rows are exactly the items that the run uses, in order. */
export function buildReport(input: ReportInput): Report {
  const { spec, specDigest, scorers, rows, proxy, onLateResults } = input
  const decided = itemsUsed(spec, scorers, rows, proxy)
  const used = decided?.count ?? spec.selection.count
  if (rows.length !== used || rows.some((row, ordinal) => row.ordinal !== ordinal))
    throw new RangeError(`a report needs rows 0 to ${used - 1} in order`)
  const reports = scorers.map((scorer, index) =>
    scorer.aggregate({
      rows: rows.map(({ ordinal, cluster, outcomes }) => ({ ordinal, cluster, ...outcomes[index]! })),
      version: input.version,
      columns: input.columns,
      embeddings: input.embeddings,
      outputs: input.outputs,
      onLateResults: onLateResults && ((results) => onLateResults(index, results)),
      seed: spec.seed,
      level: spec.level,
      complete: used === spec.dataset.items,
    }),
  )
  const estimate = predictionPoweredEstimate(spec, scorers, rows, proxy, reports)
  const stop = decided?.stop
  return {
    schema: 'assay.report/1',
    spec: { ...spec },
    spec_digest: specDigest,
    counts: { planned: spec.selection.count, used, ...statusCounts(rows) },
    ...(stop && { stopping: { tau: stop.tau, rule_met: stop.isRuleMet, ...stop.bounds } }),
    ...(estimate && { prediction_powered: estimate }),
    criteria: decided === null ? reports : reports.map((report) => afterStopping(report, spec, decided)),
  }
}

/** An item is errored when one scorer errored, else unscored when one had nothing to score. */
function statusCounts(rows: readonly SampleRow[]): Pick<Report['counts'], 'scored' | 'errored' | 'unscored'> {
  const has = (row: SampleRow, status: string) => row.outcomes.some((outcome) => outcome.status === status)
  const errored = rows.filter((row) => has(row, 'errored')).length
  const unscored = rows.filter((row) => !has(row, 'errored') && has(row, 'unscored')).length
  return { scored: rows.length - errored - unscored, errored, unscored }
}

/**
 * Looking at the data makes ordinary intervals too narrow. The judged scorer's value gets the confidence
 * sequence that the run stopped on; every other interval carries a note.
 */
function afterStopping(report: ScorerReport, { stopping, level }: RunSpec, { stop, count }: ItemsUsed): ScorerReport {
  return {
    ...report,
    metrics: report.metrics.map((metric) => {
      const isJudged =
        report.name === stopping?.criterion && metric.metric === report.primary_metric && metric.slice === undefined
      if (stop !== null && isJudged)
        return {
          ...metric,
          interval: { ...stop.bounds, method: 'confidence-sequence', level, target: 'this_dataset', clusters: count },
        }
      return metric.interval === null
        ? metric
        : { ...metric, interval: { ...metric.interval, notes: [...(metric.interval.notes ?? []), 'optional_stopping'] } }
    }),
  }
}
