/**
 * A run, its gate and its comparison as text, CSV and JUnit XML.
 * @module
 */
import type { components } from '../../contracts/api-types.d.ts'
import { type Column, formatCsv, formatTable } from '../table.ts'
import type { RunObject } from './follow-run.ts'

type Schemas = components['schemas']
export type ComparisonObject = Schemas['Comparison']
type MetricValue = Schemas['MetricValue']

interface MetricRow extends MetricValue {
  readonly criterion: string
}

const number = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : String(Number(value.toPrecision(6)))

/** Full precision, for CSV. */
const exact = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value))

function metricColumns(shown: (value: number | null | undefined) => string): Column<MetricRow>[] {
  return [
    { title: 'criterion', cell: ({ criterion }) => criterion },
    { title: 'metric', cell: ({ metric }) => metric },
    { title: 'variant', cell: ({ variant }) => variant },
    { title: 'slice', cell: ({ slice }) => slice ?? '' },
    { title: 'value', cell: ({ value }) => shown(value), right: true },
    { title: 'low', cell: ({ interval }) => shown(interval?.low), right: true },
    { title: 'high', cell: ({ interval }) => shown(interval?.high), right: true },
    { title: 'n', cell: ({ n }) => String(n), right: true },
    { title: 'errored', cell: ({ errored }) => String(errored), right: true },
    { title: 'unscored', cell: ({ unscored }) => String(unscored), right: true },
    { title: 'missing', cell: ({ missing }) => String(missing), right: true },
  ]
}

function metricRows({ report }: RunObject): MetricRow[] {
  return (report?.criteria ?? []).flatMap(({ name, metrics }) => metrics.map((metric) => ({ criterion: name, ...metric })))
}

export function runText(run: RunObject): string {
  const { id, eval_id: evalId, status, model, error, gate, report_digest: digest } = run
  const rows = metricRows(run)
  const lines = [
    `run ${id} of ${evalId}: ${status}, model ${model}`,
    ...(error === null ? [] : [`error ${error.code}: ${error.message}`]),
    ...(rows.length === 0 ? [] : [formatTable(metricColumns(number), rows)]),
    ...(digest === null ? [] : [`report ${digest}`]),
    ...(gate === null ? [] : [gateText(gate)]),
  ]
  return lines.join('\n')
}

export const runCsv = (run: RunObject): string => formatCsv(metricColumns(exact), metricRows(run))

function gateText({ verdict, conditions }: NonNullable<RunObject['gate']>): string {
  const lines = conditions.map(
    ({ condition, passed, detail }) =>
      `  ${passed === true ? 'holds' : 'FAILS'}  ${condition}${detail === null ? '' : ` (${detail})`}`,
  )
  return [`gate ${verdict}`, ...lines].join('\n')
}

export function comparisonText({ baseline, results, level }: ComparisonObject): string {
  const columns: Column<(typeof results)[number]>[] = [
    { title: 'treatment', cell: ({ treatment }) => treatment },
    { title: 'criterion', cell: ({ criterion }) => criterion },
    { title: 'metric', cell: ({ metric, variant }) => `${metric} ${variant}` },
    { title: 'n', cell: ({ n }) => String(n), right: true },
    { title: 'baseline', cell: ({ baseline: value }) => number(value), right: true },
    { title: 'treatment', cell: ({ treatment_value: value }) => number(value), right: true },
    { title: 'difference', cell: ({ difference }) => number(difference), right: true },
    {
      title: `${100 * level} %`,
      cell: ({ interval }) => (interval === null ? '–' : `${number(interval.low)} … ${number(interval.high)}`),
    },
    { title: 'adjusted p', cell: ({ adjusted_p: p }) => number(p), right: true },
    { title: 'better', cell: ({ improved }) => (improved === null ? '' : String(improved.count)), right: true },
    { title: 'worse', cell: ({ degraded }) => (degraded === null ? '' : String(degraded.count)), right: true },
    { title: 'verdict', cell: ({ verdict }) => verdict ?? '' },
  ]
  return `compared with ${baseline.run} (${baseline.model})\n${formatTable(columns, results)}`
}

/** One test case for the run, and one per condition of its gate. */
export function runJunit(run: RunObject): string {
  const { id, name, status, error, gate } = run
  const ended = status === 'completed' ? null : `the run is ${status}${error === null ? '' : `: ${error.message}`}`
  const cases = [
    { name: 'run completes', failure: ended },
    ...(gate?.conditions ?? []).map(({ condition, passed, detail }) => ({
      name: condition,
      failure: passed === true ? null : (detail ?? 'not decided'),
    })),
  ]
  const failures = cases.filter(({ failure }) => failure !== null).length
  const body = cases.map(({ name: of, failure }) =>
    failure === null
      ? `    <testcase classname="assay" name="${escapeXml(of)}"/>`
      : `    <testcase classname="assay" name="${escapeXml(of)}">\n      <failure message="${escapeXml(failure)}"/>\n    </testcase>`,
  )
  const attributes = `name="${escapeXml(name ?? id)}" tests="${cases.length}" failures="${failures}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${cases.length}" failures="${failures}">`,
    `  <testsuite ${attributes}>`,
    ...body,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Control characters are not allowed in XML 1.0, not even as references. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}
