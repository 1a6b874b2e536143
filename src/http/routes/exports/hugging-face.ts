/**
 * A run's metric as an entry of a Hugging Face model repository, a file of `.eval_results/`
 * (huggingface.co/docs/hub/eval-results).
 * @module
 */
import { invalidField } from '../../../contracts/failure.ts'
import type { MetricValue, Report } from '../../../contracts/report.ts'
import type { RunRecord } from '../../../contracts/run.ts'

export interface HubEntry {
  /** Id of the benchmark's dataset on the Hub. */
  readonly dataset: string
  readonly task_id: string
  readonly revision?: string | undefined
  readonly criterion?: string | undefined
  readonly metric?: string | undefined
}

/**
 * The YAML of one entry. Texts are JSON strings, which YAML 1.2 reads as they are.
 * @param source - address of the report, if everyone can read it
 * @throws {Fault} `invalid` for a criterion or a metric that the report does not have, or has without a value
 */
export function evalResultsYaml(run: RunRecord, report: Report, wanted: HubEntry, source: string | null): string {
  const { criterion, value } = metricOf(report, wanted)
  const text = (words: string) => JSON.stringify(words)
  const lines = [
    '- dataset:',
    `    id: ${text(wanted.dataset)}`,
    `    task_id: ${text(wanted.task_id)}`,
    ...(wanted.revision === undefined ? [] : [`    revision: ${text(wanted.revision)}`]),
    `  value: ${value.value}`,
    `  date: ${text(new Date(run.endedAt ?? run.createdAt).toISOString())}`,
    ...(source === null
      ? []
      : ['  source:', `    url: ${text(source)}`, `    name: ${text(`Assay report ${run.reportDigest!.slice(0, 12)}`)}`]),
    `  notes: ${text(notesOf(run, criterion, value))}`,
  ]
  return `${lines.join('\n')}\n`
}

function metricOf(report: Report, { criterion: name, metric }: HubEntry): { criterion: string; value: MetricValue } {
  const criterion = report.criteria.find((one) => name === undefined || one.name === name)
  const names = report.criteria.map((one) => one.name).join(', ')
  if (criterion === undefined) throw invalidField('criterion', `is none of this run's: ${names}`)
  const wanted = metric ?? criterion.primary_metric
  const value = criterion.metrics.find((one) => one.metric === wanted && one.slice === undefined)
  if (value === undefined) {
    const metrics = [...new Set(criterion.metrics.map((one) => one.metric))].join(', ')
    throw invalidField('metric', `is none of criterion ${criterion.name}: ${metrics}`)
  }
  if (value.value === null) throw invalidField('metric', 'has no value in this run: nothing was scored')
  return { criterion: criterion.name, value }
}

/** Everything that the value alone does not say. */
function notesOf({ spec, specDigest, reportDigest }: RunRecord, criterion: string, value: MetricValue): string {
  const { metric, variant, unit, n, errored, unscored, missing, interval } = value
  return [
    `${metric} (${variant}, ${unit}) of ${criterion}, n ${n}`,
    ...(interval === null ? [] : [`${100 * interval.level} % interval ${interval.low} to ${interval.high} (${interval.method})`]),
    ...(errored + unscored + missing === 0 ? [] : [`errored ${errored}, unscored ${unscored}, not selected ${missing}`]),
    `dataset version ${spec.dataset.digest.slice(0, 12)}, specification ${specDigest.slice(0, 12)}`,
    `report ${reportDigest}`,
  ].join('; ')
}
