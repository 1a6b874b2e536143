/** A run as CSV and JUnit XML, and the status that a pipeline sees. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exitStatus } from '../../../../src/cli/client/eval.ts'
import type { RunObject } from '../../../../src/cli/client/follow-run.ts'
import { comparisonText, runCsv, runJunit, runText } from '../../../../src/cli/client/run-tables.ts'
import { formatCsv } from '../../../../src/cli/table.ts'
import { createComparison } from '../../../../src/http/routes/comparisons/operations.ts'
import { getRun } from '../../../../src/http/routes/runs/operations.ts'
import { anyText } from '../../../support/any-text.ts'

const completed = getRun.answers[200].example as RunObject
const comparison = createComparison.answers[201].example as Parameters<typeof comparisonText>[0]

const gated = (passed: boolean, detail = 'R@1 has value 0.2'): RunObject => ({
  ...completed,
  gate: {
    verdict: passed ? 'passed' : 'failed',
    conditions: [{ type: 'threshold', condition: 'value of retrieval / R@1 ≥ 0.3', passed, actual: 0.2, detail }],
  },
})

test('exit status: 0 only for a completed run whose gate passed', () => {
  expect(exitStatus(completed)).toBe(0)
  expect(exitStatus(gated(true))).toBe(0)
  expect(exitStatus(gated(false))).toBe(1)
  expect(exitStatus({ ...completed, status: 'failed' })).toBe(1)
  expect(exitStatus({ ...completed, status: 'canceled' })).toBe(1)
})

test('a run with errored items says what they could change', () => {
  const bound = { criterion: 'answers', metric: 'accuracy', variant: 'exact', low: 60, high: 70 }
  expect(runText({ ...completed, errored_bounds: [bound] })).toContain(
    'accuracy of answers with errored items: 60 if each is worth the least, 70 if the most',
  )
  expect(runText(completed)).not.toContain('with errored items')
})

test('a run says why its values are to be trusted less', () => {
  const warnings = [{ code: 'few_references' as const, items: 2, message: '2 items have too few' }]
  expect(runText({ ...completed, warnings })).toContain('\nwarning: 2 items have too few\n')
  expect(runText(completed)).not.toContain('warning')
})

test('several runs are one file: a test suite each, and their ids beside the metrics', () => {
  const xml = runJunit([gated(true), { ...gated(false), name: 'second' }])
  expect(xml).toContain('<testsuites tests="4" failures="1">')
  expect(xml.match(/<testsuite /g)).toHaveLength(2)
  expect(xml).toContain('<testsuite name="second" tests="2" failures="1">')
  const lines = runCsv([completed, { ...completed, id: 'evalrun_2' }])
    .trim()
    .split('\r\n')
  expect(lines[0]).toBe('run,criterion,metric,variant,slice,value,low,high,n,errored,unscored,missing')
  expect(new Set(lines.slice(1).map((line) => line.split(',')[0]))).toEqual(new Set([completed.id, 'evalrun_2']))
})

test('test suites of runs with one name have names of their own, which their cases have as class', () => {
  const xml = runJunit([gated(true), { ...gated(false), id: 'evalrun_2' }, { ...gated(true), id: 'evalrun_3', name: 'other' }])
  const suites = Array.from(xml.matchAll(/<testsuite name="([^"]*)"/g), ([, name]) => name)
  expect(suites).toEqual([`${completed.name} (${completed.id})`, `${completed.name} (evalrun_2)`, 'other'])
  const classes = Array.from(xml.matchAll(/<testcase classname="([^"]*)"/g), ([, name]) => name)
  expect(classes).toEqual(suites.flatMap((suite) => [suite, suite]))
})

describe('JUnit XML', () => {
  test('has a case per condition, and a failure with its reason', () => {
    expect(runJunit([gated(false)])).toContain('tests="2" failures="1"')
    expect(runJunit([gated(false)])).toContain('<failure message="R@1 has value 0.2"/>')
    expect(runJunit([gated(true)])).toContain('tests="2" failures="0"')
    expect(runJunit([{ ...completed, status: 'failed', error: { code: 'x', message: 'too many' } }])).toContain(
      'the run is failed: too many',
    )
  })

  test('stays well formed whatever a name holds', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const xml = runJunit([{ ...gated(false, text), name: text }])
        const outside = xml
          .replaceAll(/"[^"]*"/g, '""')
          .replaceAll(/<\/?[a-z]+( [a-z]+="")*\/?>/g, '')
          .replace('<?xml version="" encoding=""?>', '')
        expect(outside.trim()).toBe('')
        // The characters of XML 1.0, section 2.2.
        expect(xml).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u)
        expect(xml.replaceAll(/&(amp|lt|gt|quot|apos);/g, '')).not.toContain('&')
      }),
    )
  })
})

test('CSV has full precision, quotes by RFC 4180, and no formulas', () => {
  const [head, first] = runCsv([completed]).split('\r\n')
  expect(head).toBe('criterion,metric,variant,slice,value,low,high,n,errored,unscored,missing')
  expect(first!.split(',')).toHaveLength(11)
  const columns = [{ title: 'a', cell: (row: string) => row }]
  const cell = (text: string) => formatCsv(columns, [text]).split('\r\n').slice(1).join('\r\n').slice(0, -2)
  expect(cell('a "b", c')).toBe('"a ""b"", c"')
  expect(cell('=1+1')).toBe("'=1+1")
  expect(cell('-0.5')).toBe('-0.5')
  expect(cell('two\nlines')).toBe('"two\nlines"')
})

test('text: metrics with intervals and counts, the gate, and a comparison with its verdict', () => {
  const text = runText(gated(false))
  for (const { metric } of completed.report!.criteria[0]!.metrics) expect(text).toContain(metric)
  expect(text).toMatch(/n +errored +unscored +missing/)
  expect(text).toContain('gate failed\n  FAILS  value of retrieval / R@1 ≥ 0.3 (R@1 has value 0.2)')
  const errored = { ...completed, result_counts: { ...completed.result_counts, errored: 3 } }
  expect(runText({ ...errored, outcome_counts: { answered: 5, endpoint_timeout: 1, endpoint_status_404: 2 } })).toContain(
    `errored 3: endpoint_status_404 2, endpoint_timeout 1 (assay items ${completed.eval_id}/${completed.id} --status error)`,
  )
  expect(comparisonText(comparison)).toMatch(/0\.0211 … 0\.2142 .* improved/)
})

test('text: a comparison says the names of its runs, and ids where a name is not one run’s own', () => {
  const [baseline, treatment] = [comparison.baseline, comparison.treatments[0]!]
  const textOf = (before: string | null, after: string | null) =>
    comparisonText({
      ...comparison,
      baseline: { ...baseline, name: before },
      treatments: [{ ...treatment, name: after }],
    })
  const lines = textOf('main', 'pull request 7').split('\n')
  expect(lines[0]).toBe(`baseline   main, ${baseline.run} (${baseline.model})`)
  expect(lines[1]).toBe(`treatment  pull request 7, ${treatment.run} (${treatment.model})`)
  expect(lines[4]).toMatch(/^pull request 7 +retrieval/)
  for (const [before, after] of [
    ['main', 'main'],
    ['main', null],
  ] as const)
    expect(textOf(before, after).split('\n')[4]).toMatch(new RegExp(`^${treatment.run} `))
  expect(textOf(null, null).split('\n')[0]).toBe(`baseline   ${baseline.run} (${baseline.model})`)
})
