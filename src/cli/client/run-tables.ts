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
  readonly run: string
  readonly criterion: string
}

/** Six significant digits. */
export const number = (value: number | null | undefined) =>
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

function metricRows({ id, report }: RunObject): MetricRow[] {
  return (report?.criteria ?? []).flatMap(({ name, metrics }) =>
    metrics.map((metric) => ({ run: id, criterion: name, ...metric })),
  )
}

export function runText(run: RunObject): string {
  const { id, eval_id: evalId, status, model, error, gate, report_digest: digest } = run
  const rows = metricRows(run)
  const lines = [
    `run ${id} of ${evalId}: ${status}, model ${model}`,
    ...(error === null ? [] : [`error ${error.code}: ${error.message}`]),
    ...erroredText(run),
    // An older server sends none.
    ...(run.warnings ?? []).map(({ message }) => `warning: ${message}`),
    ...(rows.length === 0 ? [] : [formatTable(metricColumns(number), rows)]),
    ...(run.errored_bounds ?? []).map(boundsText),
    ...(digest === null ? [] : [`report ${digest}`]),
    ...(gate === null ? [] : [gateText(gate)]),
  ]
  return lines.join('\n')
}

/** An older server sends none. */
function boundsText({ criterion, metric, low, high }: NonNullable<RunObject['errored_bounds']>[number]): string {
  return `${metric} of ${criterion} with errored items: ${number(low)} if each is worth the least, ${number(high)} if the most`
}

/** Which errors the errored items had, commonest first, and the command that lists them. */
function erroredText({ id, eval_id: evalId, result_counts: { errored }, outcome_counts: outcomes }: RunObject): string[] {
  if (errored === 0) return []
  const codes = Object.entries(outcomes)
    .filter(([code]) => code !== 'answered')
    .toSorted(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`)
  return [`errored ${errored}: ${codes.join(', ')} (assay items ${evalId}/${id} --status error)`]
}

/** Metrics of runs; several have a column with their ids. */
export function runCsv(runs: readonly RunObject[]): string {
  const ids: readonly Column<MetricRow>[] = runs.length > 1 ? [{ title: 'run', cell: ({ run }) => run }] : []
  return formatCsv([...ids, ...metricColumns(exact)], runs.flatMap(metricRows))
}

function gateText({ verdict, conditions }: NonNullable<RunObject['gate']>): string {
  const lines = conditions.flatMap(({ condition, passed, detail, results = [] }) => [
    `  ${passed === true ? 'holds' : 'FAILS'}  ${condition}${detail === null ? '' : ` (${detail})`}`,
    ...(results.length === 0 ? [] : [comparisonTable(results)]),
  ])
  return [`gate ${verdict}`, ...lines].join('\n')
}

/** Runs with their names and ids, then the table. It names a treatment whose name no other run has. */
export function comparisonText({ baseline, treatments, results }: ComparisonObject): string {
  const named = ({ name, run, model }: ComparisonObject['baseline']) => `${name === null ? '' : `${name}, `}${run} (${model})`
  const isOwn = (name: string) => [baseline, ...treatments].filter((run) => run.name === name).length === 1
  const called = new Map(treatments.map(({ run, name }) => [run, name !== null && isOwn(name) ? name : run]))
  const runs = treatments.map((run) => `treatment  ${named(run)}`)
  return [`baseline   ${named(baseline)}`, ...runs, comparisonTable(results, called)].join('\n')
}

/** @param called - names of treatments, by their ids */
function comparisonTable(results: ComparisonObject['results'], called: ReadonlyMap<string, string> = new Map()): string {
  const level = results.find(({ interval }) => interval !== null)?.interval?.level
  const columns: Column<(typeof results)[number]>[] = [
    { title: 'treatment', cell: ({ treatment }) => called.get(treatment) ?? treatment },
    { title: 'criterion', cell: ({ criterion }) => criterion },
    { title: 'metric', cell: ({ metric, variant }) => `${metric} ${variant}` },
    { title: 'n', cell: ({ n }) => String(n), right: true },
    { title: 'baseline', cell: ({ baseline: value }) => number(value), right: true },
    { title: 'treatment', cell: ({ treatment_value: value }) => number(value), right: true },
    { title: 'difference', cell: ({ difference }) => number(difference), right: true },
    {
      title: level === undefined ? 'interval' : `${100 * level} %`,
      cell: ({ interval }) => (interval === null ? '–' : `${number(interval.low)} … ${number(interval.high)}`),
    },
    { title: 'adjusted p', cell: ({ adjusted_p: p }) => number(p), right: true },
    { title: 'better', cell: ({ improved }) => (improved === null ? '' : String(improved.count)), right: true },
    { title: 'worse', cell: ({ degraded }) => (degraded === null ? '' : String(degraded.count)), right: true },
    { title: 'verdict', cell: ({ verdict }) => verdict ?? '' },
  ]
  return formatTable(columns, results)
}

/** A test suite per run, under a name of its own: a case for its end, and one per condition of its gate. */
export function runJunit(runs: readonly RunObject[]): string {
  // Reports of CI services join suites of one name.
  const isRepeated = ({ name }: RunObject) => name !== null && runs.filter((run) => run.name === name).length > 1
  const suites = runs.map((run) => suiteOf(run, isRepeated(run) ? `${run.name} (${run.id})` : (run.name ?? run.id)))
  const sum = (of: 'tests' | 'failures') => suites.reduce((total, suite) => total + suite[of], 0)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${sum('tests')}" failures="${sum('failures')}">`,
    ...suites.flatMap(({ lines }) => lines),
    '</testsuites>',
    '',
  ].join('\n')
}

interface Suite {
  readonly tests: number
  readonly failures: number
  readonly lines: readonly string[]
}

function suiteOf({ status, error, gate }: RunObject, suite: string): Suite {
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
      ? `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(of)}"/>`
      : `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(of)}">\n      <failure message="${escapeXml(failure)}"/>\n    </testcase>`,
  )
  const attributes = `name="${escapeXml(suite)}" tests="${cases.length}" failures="${failures}"`
  return { tests: cases.length, failures, lines: [`  <testsuite ${attributes}>`, ...body, '  </testsuite>'] }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Control characters are not allowed in XML 1.0, not even as references. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}
